import { type FormEvent, useState } from "react";
import { t } from "../../lib/i18n.ts";
import { Button } from "../Button/Button.tsx";
import { Dialog } from "../Dialog/Dialog.tsx";
import { TextField } from "../TextField/TextField.tsx";
import styles from "./ConfirmDialog.module.css";

interface Props {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  /** What has to be typed first, for what cannot be taken back. */
  readonly typed?: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

export function ConfirmDialog({ title, text, action, typed, onConfirm, onClose }: Props) {
  const [input, setInput] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onConfirm();
    onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <p className={styles.text}>{text}</p>
        {typed !== undefined && (
          <TextField
            label={t("confirm.type", { name: typed })}
            value={input}
            onChange={setInput}
            autoComplete="off"
          />
        )}
        <div className={styles.buttons}>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" variant="danger" disabled={typed !== undefined && input !== typed}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
