import { useEffect, useState } from "react";

const PAUSE_MS = 400;

/** The value as it was when it last stayed the same for a moment: questions follow typing, not each key. */
export function useSettled<Value>(value: Value): Value {
  const text = JSON.stringify(value);
  const [settled, setSettled] = useState({ text, value });
  useEffect(() => {
    if (text === settled.text) return;
    const timer = setTimeout(() => setSettled({ text, value }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, value, settled.text]);
  return settled.value;
}
