import type { KeyboardEvent } from "react";
import styles from "./Segmented.module.css";

interface Option<T extends string> {
  readonly value: T;
  readonly label: string;
}

interface Props<T extends string> {
  readonly label: string;
  readonly options: readonly Option<T>[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}

/** A choice of few, all visible. Arrow keys move, as in a group of radio buttons. */
export function Segmented<T extends string>({ label, options, value, onChange }: Props<T>) {
  const move = (event: KeyboardEvent<HTMLButtonElement>, index: number) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const next = step === undefined ? undefined : options[(index + step + options.length) % options.length];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onChange(next.value);
    const group = event.currentTarget.parentElement;
    const button = group?.children[options.indexOf(next)];
    if (button instanceof HTMLButtonElement) button.focus();
  };
  return (
    <div role="radiogroup" aria-label={label} className={styles.group}>
      {options.map((option, index) => (
        <button
          key={option.value}
          type="button"
          role="radio"
          aria-checked={option.value === value}
          tabIndex={option.value === value ? 0 : -1}
          onClick={() => onChange(option.value)}
          onKeyDown={(event) => move(event, index)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
