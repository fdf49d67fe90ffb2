import { useEffect, useId, useState } from "react";
import styles from "./NumberField.module.css";

interface Props {
  /** What it is, for who cannot see what stands around it. */
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
  readonly min: number;
  readonly max: number;
  /** What stands behind it. */
  readonly unit?: string;
  readonly disabled?: boolean;
  readonly problem?: boolean;
}

/** A small field for a number in the middle of a line; what is no number is not taken over. */
export function NumberField({ label, value, onChange, min, max, unit, disabled, problem = false }: Props) {
  const id = useId();
  const [text, setText] = useState(String(value));
  useEffect(() => {
    setText((known) => (Number(known) === value ? known : String(value)));
  }, [value]);
  const change = (typed: string) => {
    setText(typed);
    const number = Number(typed);
    if (typed.trim() !== "" && number >= min && number <= max) onChange(number);
  };
  const number = Number(text);
  const wrong = problem || text.trim() === "" || !(number >= min && number <= max);
  return (
    <span className={styles.field}>
      <input
        id={id}
        type="number"
        inputMode="decimal"
        aria-label={label}
        aria-invalid={wrong}
        min={min}
        max={max}
        step="any"
        disabled={disabled}
        value={text}
        onChange={(event) => change(event.target.value)}
        onBlur={() => setText(String(value))}
      />
      {unit !== undefined && <span className={styles.unit}>{unit}</span>}
    </span>
  );
}

/** A share of one, shown as a percentage. */
export function PercentField({ value, onChange, ...rest }: Omit<Props, "min" | "max" | "unit">) {
  return (
    <NumberField
      {...rest}
      min={0}
      max={100}
      unit="%"
      // Shares are kept in millionths.
      value={Math.round(value * 1e6) / 1e4}
      onChange={(percent) => onChange(Math.round(percent * 1e4) / 1e6)}
    />
  );
}
