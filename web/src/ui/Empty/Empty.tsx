import type { ReactNode } from "react";
import { cx } from "../cx.ts";
import styles from "./Empty.module.css";

interface Props {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text?: ReactNode;
  readonly tone?: "plain" | "problem";
  /** The page has no other heading. */
  readonly main?: boolean;
  /** The nearest way out. */
  readonly actions?: ReactNode;
}

export function Empty({ icon, title, text, tone = "plain", main = false, actions }: Props) {
  return (
    <div className={styles.empty} role={tone === "problem" ? "alert" : undefined}>
      <div className={cx(styles.icon, tone === "problem" && styles.problem)}>{icon}</div>
      {main ? <h1>{title}</h1> : <h2>{title}</h2>}
      {text !== undefined && <div className={styles.text}>{text}</div>}
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}
