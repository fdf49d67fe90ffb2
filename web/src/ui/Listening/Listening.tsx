import type { ReactNode } from "react";
import { cx } from "../cx.ts";
import styles from "./Listening.module.css";

interface Props {
  readonly state: "on" | "waiting" | "quiet" | "trouble";
  readonly children: ReactNode;
}

/** A dot that says whether something comes in by itself. */
export function Listening({ state, children }: Props) {
  return (
    <span className={cx(styles.row, state !== "on" && styles[state])}>
      <i className={styles.dot} />
      {children}
    </span>
  );
}
