import type { ReactNode } from "react";
import { cx } from "../cx.ts";
import styles from "./Stat.module.css";

interface Props {
  readonly name: string;
  readonly large?: boolean;
  readonly children: ReactNode;
}

/** A number and what it counts; stands in a `<dl>`. */
export function Stat({ name, large = false, children }: Props) {
  return (
    <div className={cx(styles.stat, large && styles.large)}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
