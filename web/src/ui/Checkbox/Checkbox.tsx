import { type ReactNode, useEffect, useId, useRef } from "react";
import styles from "./Checkbox.module.css";

interface Props {
  readonly label: string;
  readonly checked: boolean | "mixed";
  readonly onChange: (checked: boolean) => void;
  readonly hint?: ReactNode;
  /** Only the box; the label is for screen readers. */
  readonly bare?: boolean;
  readonly disabled?: boolean;
}

export function Checkbox({ label, checked, onChange, hint, bare = false, disabled = false }: Props) {
  const id = useId();
  const ref = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (ref.current !== null) ref.current.indeterminate = checked === "mixed";
  }, [checked]);
  const box = (
    <input
      ref={ref}
      id={id}
      type="checkbox"
      checked={checked === true}
      disabled={disabled}
      aria-label={bare ? label : undefined}
      className={bare ? styles.bare : undefined}
      onChange={(event) => onChange(event.target.checked)}
    />
  );
  if (bare) return box;
  return (
    <label htmlFor={id} className={styles.row}>
      {box}
      <span>
        {label}
        {hint !== undefined && <span className={styles.hint}> {hint}</span>}
      </span>
    </label>
  );
}
