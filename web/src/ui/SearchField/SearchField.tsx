import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import styles from "./SearchField.module.css";

interface Props {
  readonly label: string;
  readonly value: string;
  /** Called when the typing pauses. */
  readonly onChange: (value: string) => void;
}

const PAUSE_MS = 250;

/** Narrows a list by a piece of text while it is typed. */
export function SearchField({ label, value, onChange }: Props) {
  const [text, setText] = useState(value);
  const latest = useRef(onChange);
  latest.current = onChange;
  // What comes from elsewhere, as with the back button, is shown; what is being typed stays.
  const told = useRef(value);
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => {
      told.current = text;
      latest.current(text);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <span className={styles.field}>
      <Search size={13} aria-hidden="true" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </span>
  );
}
