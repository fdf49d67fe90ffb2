import { type ComponentPropsWithoutRef, type ReactNode, useId } from "react";
import { cx } from "../cx.ts";
import styles from "./TextField.module.css";

interface Props
  extends Pick<ComponentPropsWithoutRef<"input">, "autoComplete" | "placeholder" | "required" | "autoFocus"> {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: "text" | "email" | "password" | "number";
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
  /** More than one line of text. */
  readonly rows?: number;
  readonly mono?: boolean;
  readonly minLength?: number;
  readonly disabled?: boolean;
}

export function TextField({
  label,
  value,
  onChange,
  type = "text",
  hint,
  problem,
  rows,
  mono,
  ...rest
}: Props) {
  const id = useId();
  const said = problem ?? hint;
  const shared = {
    id,
    value,
    "aria-invalid": problem !== undefined,
    "aria-describedby": said === undefined ? undefined : `${id}-hint`,
    className: cx(mono === true && styles.mono),
    spellCheck: mono === true ? false : undefined,
    ...rest,
  };
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {rows === undefined ? (
        <input {...shared} type={type} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <textarea {...shared} rows={rows} onChange={(event) => onChange(event.target.value)} />
      )}
      {said !== undefined && (
        <div id={`${id}-hint`} className={problem === undefined ? styles.hint : styles.problem}>
          {said}
        </div>
      )}
    </div>
  );
}
