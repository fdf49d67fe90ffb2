import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { t } from "../../lib/i18n.ts";
import { Button } from "../Button/Button.tsx";
import { cx } from "../cx.ts";
import styles from "./Dialog.module.css";

interface Props {
  readonly title: string;
  readonly wide?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** The browser's own modal dialog: it traps focus, closes on Escape and gives the focus back. */
export function Dialog({ title, wide = false, onClose, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog !== null && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a modal dialog by itself
    <dialog
      ref={ref}
      aria-labelledby={heading}
      className={cx(styles.dialog, wide && styles.wide)}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <header>
        <h2 id={heading}>{title}</h2>
        <Button variant="ghost" size="small" icon aria-label={t("close")} onClick={onClose}>
          <X size={15} />
        </Button>
      </header>
      <div className={styles.body}>{children}</div>
    </dialog>
  );
}
