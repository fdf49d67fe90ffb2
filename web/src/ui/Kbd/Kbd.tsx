import { Fragment } from "react";
import styles from "./Kbd.module.css";

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const NAMES: Readonly<Record<string, string>> = {
  mod: MAC ? "⌘" : "Ctrl",
  shift: "⇧",
  left: "←",
  arrowleft: "←",
  arrowright: "→",
  arrowup: "↑",
  arrowdown: "↓",
  enter: "⏎",
  escape: "Esc",
  space: "Space",
};

/** Keys as printed on a keyboard; takes the notation of `lib/keys.ts`. */
export function Kbd({ keys }: { readonly keys: string }) {
  const presses = keys.split(" ");
  return (
    <>
      {presses.map((press, index) => (
        <Fragment key={press}>
          {index > 0 && " "}
          <kbd className={styles.kbd}>
            {press
              // A plus of its own is a key.
              .split(/(?<=.)\+/)
              .map(nameOf)
              .join(MAC ? "" : " ")}
          </kbd>
        </Fragment>
      ))}
    </>
  );
}

function nameOf(key: string): string {
  return NAMES[key] ?? key.toUpperCase();
}
