import { CopyButton } from "../CopyButton/CopyButton.tsx";
import styles from "./CopyField.module.css";

/** A value to be taken elsewhere: a DSN, a link, a token. */
export function CopyField({ value, label }: { readonly value: string; readonly label: string }) {
  return (
    <div className={styles.field}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls sideways, so the keyboard must reach it */}
      <code tabIndex={0} aria-label={label} role="textbox" aria-readonly="true">
        {value}
      </code>
      <CopyButton text={value} label={label} named />
    </div>
  );
}
