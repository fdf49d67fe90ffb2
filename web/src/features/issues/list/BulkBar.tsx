import { GitMerge, Trash2, X } from "lucide-react";
import { useState } from "react";
import { BULK_MAX } from "../../../lib/api/issues.ts";
import type { Issue } from "../../../lib/api/types.ts";
import { formatCount } from "../../../lib/format.ts";
import { t } from "../../../lib/i18n.ts";
import { Button } from "../../../ui/Button/Button.tsx";
import { ConfirmDialog } from "../../../ui/ConfirmDialog/ConfirmDialog.tsx";
import { ArchiveMenu } from "../actions/ArchiveMenu.tsx";
import { AssignMenu } from "../actions/AssignMenu.tsx";
import { ResolveButton } from "../actions/ResolveButton.tsx";
import type { IssueActions } from "../actions/useIssueActions.ts";
import styles from "./BulkBar.module.css";

interface Props {
  readonly org: string;
  readonly userId: string;
  /** The ticked ones that are loaded. */
  readonly issues: readonly Issue[];
  /** How many the list has, loaded or not. */
  readonly matching: number;
  /** All of them are meant. */
  readonly whole: boolean;
  /** Ticks them all, while more are ticked than can be seen. */
  readonly onWhole: (() => void) | null;
  readonly actions: IssueActions;
  readonly onClear: () => void;
}

type Asking = "nothing" | "merge" | "delete";

/** What to do with the ticked issues. */
export function BulkBar({ org, userId, issues, matching, whole, onWhole, actions, onClear }: Props) {
  const [asking, setAsking] = useState<Asking>("nothing");
  const all = Math.min(matching, BULK_MAX);
  const count = whole ? all : issues.length;
  return (
    <div className={styles.bar} role="toolbar" aria-label={t("bulk")}>
      <span className={styles.count}>{t("selected", { count })}</span>
      {onWhole !== null && !whole && (
        <Button size="small" variant="ghost" onClick={onWhole}>
          {all < matching
            ? t("select.matchingLatest", { count: all, total: formatCount(matching) })
            : t("select.matching", { count: all })}
        </Button>
      )}
      <ResolveButton issues={issues} actions={actions} />
      <ArchiveMenu issues={issues} actions={actions} />
      <AssignMenu org={org} userId={userId} issues={issues} actions={actions} />
      <Button size="small" disabled={count < 2} onClick={() => setAsking("merge")}>
        <GitMerge size={13} />
        {t("merge")}
      </Button>
      <Button size="small" onClick={() => setAsking("delete")}>
        <Trash2 size={13} />
        {t("delete")}
      </Button>
      <span className={styles.spacer} />
      <Button size="small" variant="ghost" onClick={onClear}>
        <X size={13} />
        {t("select.clear")}
      </Button>
      {asking === "merge" && (
        <ConfirmDialog
          title={t("merge.title", { count })}
          text={t("merge.text")}
          action={t("merge")}
          onConfirm={() => void actions.merge(issues)}
          onClose={() => setAsking("nothing")}
        />
      )}
      {asking === "delete" && (
        <ConfirmDialog
          title={t("delete.title", { count })}
          text={t("delete.text")}
          action={t("delete")}
          onConfirm={() => void actions.remove(issues)}
          onClose={() => setAsking("nothing")}
        />
      )}
    </div>
  );
}
