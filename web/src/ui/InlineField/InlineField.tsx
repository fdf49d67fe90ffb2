import { cx } from "../cx.ts";
import styles from "./InlineField.module.css";

interface Props {
  /** What it is, for who cannot see what stands around it. */
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: "text" | "number" | "time";
  readonly placeholder?: string;
  readonly wide?: boolean;
  readonly problem?: boolean;
}

/** A field in the middle of a sentence. */
export function InlineField({ label, value, onChange, type = "text", placeholder, wide, problem }: Props) {
  return (
    <input
      type={type}
      step={type === "number" ? "any" : undefined}
      aria-label={label}
      aria-invalid={problem === true}
      placeholder={placeholder}
      spellCheck={false}
      value={value}
      className={cx(styles.input, type === "number" && styles.number, wide === true && styles.wide)}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
