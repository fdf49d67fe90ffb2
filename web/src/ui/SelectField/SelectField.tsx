import { type ReactNode, useId } from "react";
import { cx } from "../cx.ts";
import styles from "./SelectField.module.css";

export interface SelectOption {
  readonly value: string;
  readonly label: string;
}

interface Props {
  readonly label: string;
  readonly value: string;
  readonly options: readonly SelectOption[];
  readonly onChange: (value: string) => void;
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
  /** Stands in a sentence: the label is for screen readers. */
  readonly inline?: boolean;
  readonly disabled?: boolean;
}

/** A choice of one, in the browser's own way. A value that is not among the options is shown as it is. */
export function SelectField({
  label,
  value,
  options,
  onChange,
  hint,
  problem,
  inline = false,
  disabled,
}: Props) {
  const id = useId();
  const said = problem ?? hint;
  const isKnown = options.some((option) => option.value === value);
  const select = (
    <select
      id={id}
      value={value}
      disabled={disabled}
      aria-label={inline ? label : undefined}
      aria-invalid={problem !== undefined}
      aria-describedby={said === undefined ? undefined : `${id}-hint`}
      className={cx(styles.select, inline && styles.inline)}
      onChange={(event) => onChange(event.target.value)}
    >
      {!isKnown && <option value={value}>{value}</option>}
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
  if (inline) return select;
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {select}
      {said !== undefined && (
        <div id={`${id}-hint`} className={problem === undefined ? styles.hint : styles.problem}>
          {said}
        </div>
      )}
    </div>
  );
}
