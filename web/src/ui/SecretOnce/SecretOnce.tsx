import { t } from "../../lib/i18n.ts";
import { Button } from "../Button/Button.tsx";
import { CopyField } from "../CopyField/CopyField.tsx";
import { Dialog } from "../Dialog/Dialog.tsx";
import styles from "./SecretOnce.module.css";

interface Props {
  readonly title: string;
  readonly text: string;
  readonly secret: string;
  readonly onClose: () => void;
}

/** A secret that the server shows this one time. */
export function SecretOnce({ title, text, secret, onClose }: Props) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div className={styles.secret}>
        <p className={styles.text}>{text}</p>
        <CopyField value={secret} label={title} />
        <Button variant="primary" className={styles.done} onClick={onClose}>
          {t("secret.done")}
        </Button>
      </div>
    </Dialog>
  );
}
