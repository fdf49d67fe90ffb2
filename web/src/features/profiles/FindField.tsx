import { useEffect, useRef, useState } from "react";
import { t } from "../../lib/i18n.ts";
import { useShortcuts } from "../../lib/keys.ts";
import styles from "./Profiles.module.css";

interface Props {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

const LAG_MS = 200;

/** What is highlighted. It is seen after a moment, not with every letter. */
export function FindField({ value, onChange }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  useShortcuts([{ keys: "/", label: "keys.findFunction", run: () => field.current?.focus() }]);
  return (
    <input
      ref={field}
      type="search"
      className={styles.find}
      aria-label={t("profiles.find")}
      placeholder={t("profiles.find")}
      value={text}
      onChange={(event) => {
        const next = event.target.value;
        setText(next);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => onChange(next), LAG_MS);
      }}
    />
  );
}
