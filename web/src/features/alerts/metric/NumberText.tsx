import { type ReactNode, useState } from "react";
import { numberOf } from "../../../lib/alerts/metric-draft.ts";
import { TextField } from "../../../ui/TextField/TextField.tsx";

interface Props {
  readonly label: string;
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
}

/** A field for a number that may be left empty; what is being typed stays as it is typed. */
export function NumberText({ label, value, onChange, hint, problem }: Props) {
  const [typed, setTyped] = useState(value === null ? "" : String(value));
  const shown = numberOf(typed) === value ? typed : value === null ? "" : String(value);
  return (
    <TextField
      label={label}
      value={shown}
      onChange={(text) => {
        setTyped(text);
        onChange(numberOf(text));
      }}
      problem={problem}
      hint={hint}
    />
  );
}
