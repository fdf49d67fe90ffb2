import { CopyButton } from "../CopyButton/CopyButton.tsx";
import styles from "./CopyField.module.css";

/** A value to be taken elsewhere: a DSN, a link, a token. */
export function CopyField({ value, label }: { readonly value: string; readonly label: string }) {
  return (
    <div className={styles.field}>
      <input readOnly aria-label={label} value={value} onFocus={(event) => event.target.select()} />
      <CopyButton text={value} label={label} named />
    </div>
  );
}
