import type { ReactNode } from "react";
import { cx } from "../cx.ts";
import styles from "./Chip.module.css";

export type Tone = "plain" | "error" | "warn" | "ok" | "info" | "accent";

export function Chip({ tone = "plain", children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return <span className={cx(styles.chip, tone !== "plain" && styles[tone])}>{children}</span>;
}
