import styles from "./Profiles.module.css";

interface Props {
  readonly label: string;
  /** What no choice is called. */
  readonly all: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}

/** One of many, or none. What is chosen can be chosen even when the server does not offer it. */
export function Choice({ label, all, options, value, onChange }: Props) {
  const isOffered = value === undefined || options.some((option) => option.value === value);
  return (
    <label className={styles.select}>
      {label}
      <select
        value={value ?? ""}
        onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)}
      >
        <option value="">{all}</option>
        {!isOffered && <option value={value}>{value}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}
