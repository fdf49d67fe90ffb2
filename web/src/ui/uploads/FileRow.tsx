import { Download, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Action } from "../../lib/action.ts";
import { formatBytes } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { Button, buttonClass } from "../Button/Button.tsx";
import { ConfirmDialog } from "../ConfirmDialog/ConfirmDialog.tsx";
import { FormProblem } from "../FormProblem/FormProblem.tsx";
import { RelativeTime } from "../RelativeTime/RelativeTime.tsx";
import styles from "./Uploads.module.css";

interface Props {
  readonly name: string;
  /** The cells between the name and the size. */
  readonly children: ReactNode;
  readonly size: number;
  readonly date: string;
  readonly href: string;
  readonly action: Action;
  /** Whether the person may download and delete. */
  readonly canChange: boolean;
  readonly onDelete: () => void;
}

/** An uploaded file: what it is, its bytes, and the way to get rid of it. */
export function FileRow({ name, children, size, date, href, action, canChange, onDelete }: Props) {
  const [asking, setAsking] = useState(false);
  return (
    <tr>
      <td>
        <b className={styles.wrap}>{name}</b>
        <FormProblem problem={action.problem} />
      </td>
      {children}
      <td data-right="">{formatBytes(size)}</td>
      <td>
        <RelativeTime time={date} sentence />
      </td>
      <td>
        {canChange && (
          <span className={styles.end}>
            <a
              className={buttonClass({ size: "small", variant: "ghost", icon: true })}
              href={href}
              download
              aria-label={t("attachments.download", { name })}
              title={t("uploads.download")}
            >
              <Download size={13} />
            </a>
            <Button
              size="small"
              variant="ghost"
              icon
              disabled={action.busy}
              aria-label={t("uploads.delete.of", { name })}
              title={t("delete")}
              onClick={() => setAsking(true)}
            >
              <Trash2 size={13} />
            </Button>
          </span>
        )}
        {asking && (
          <ConfirmDialog
            title={t("uploads.delete.file", { name })}
            text={t("uploads.delete.file.text")}
            action={t("delete")}
            onConfirm={onDelete}
            onClose={() => setAsking(false)}
          />
        )}
      </td>
    </tr>
  );
}
