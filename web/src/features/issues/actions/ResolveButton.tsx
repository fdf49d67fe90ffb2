import { getRouteApi } from "@tanstack/react-router";
import { Check, RotateCcw } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import type { Issue } from "../../../lib/api/types.ts";
import { t } from "../../../lib/i18n.ts";
import { Button } from "../../../ui/Button/Button.tsx";
import { Kbd } from "../../../ui/Kbd/Kbd.tsx";
import { MenuButton } from "../../../ui/MenuButton/MenuButton.tsx";
import { RESOLVE_CHOICES, RESOLVE_NOW, resolveInCommit } from "./choices.ts";
import styles from "./ResolveButton.module.css";
import type { IssueActions } from "./useIssueActions.ts";

const CommitDialog = lazy(() =>
  import("./CommitDialog.tsx").then((module) => ({ default: module.CommitDialog })),
);
const route = getRouteApi("/$org");

/** The choice that asks which commit. */
const COMMIT = "commit";

interface Props {
  readonly issues: readonly Issue[];
  readonly actions: IssueActions;
}

/** Resolves on click; the menu beside it says in which release. Turns into "reopen" when all are closed. */
export function ResolveButton({ issues, actions }: Props) {
  const { org } = route.useParams();
  const [asking, setAsking] = useState(false);
  if (issues.length > 0 && issues.every((issue) => issue.status !== "unresolved")) {
    return (
      <Button size="small" onClick={() => actions.reopen(issues)}>
        <RotateCcw size={13} />
        {t("reopen")}
      </Button>
    );
  }
  return (
    <span className={styles.split}>
      <Button size="small" variant="primary" onClick={() => actions.resolve(issues, RESOLVE_NOW)}>
        <Check size={13} />
        {t("resolve")}
        <Kbd keys="e" />
      </Button>
      <MenuButton
        label={t("resolve.more")}
        look={{ size: "small", variant: "primary" }}
        groups={[
          {
            entries: [
              ...RESOLVE_CHOICES.map(({ id, label }) => ({ id, label: t(label) })),
              { id: COMMIT, label: t("resolve.commit") },
            ],
          },
        ]}
        onAction={(id) => {
          if (id === COMMIT) setAsking(true);
          const choice = RESOLVE_CHOICES.find((one) => one.id === id);
          if (choice !== undefined) actions.resolve(issues, choice);
        }}
      >
        {null}
      </MenuButton>
      {asking && (
        <Suspense fallback={null}>
          <CommitDialog
            org={org}
            onChoose={(repository, commit) => actions.resolve(issues, resolveInCommit(repository, commit))}
            onClose={() => setAsking(false)}
          />
        </Suspense>
      )}
    </span>
  );
}
