import { memo } from "react";
import { cx } from "../ui/cx.ts";
import styles from "./Sparkline.module.css";

interface Props {
  readonly values: readonly number[];
  readonly width?: number;
  readonly height?: number;
  /** Marks the high bars, for what is getting worse. */
  readonly hot?: boolean;
}

const BARS_MAX = 28;

/** A trend as bars, without axes; decoration beside the number that says it in words. */
export const Sparkline = memo(function Sparkline({ values, width = 104, height = 26, hot = false }: Props) {
  const bars = squeeze(values, BARS_MAX);
  const max = Math.max(1, ...bars);
  const step = width / Math.max(1, bars.length);
  return (
    <svg width={width} height={height} aria-hidden="true" className={styles.spark}>
      {bars.map((value, index) => {
        const tall = Math.max(1.5, (value / max) * height);
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place in time
            key={index}
            className={cx(styles.bar, hot && value / max > 0.5 && styles.hot)}
            x={index * step + 0.5}
            y={height - tall}
            width={Math.max(1, step - 1)}
            height={tall}
            rx={0.8}
          />
        );
      })}
    </svg>
  );
});

/** Sums neighbours until at most `most` are left. */
export function squeeze(values: readonly number[], most: number): number[] {
  const size = Math.ceil(values.length / most);
  if (size <= 1) return [...values];
  const sums: number[] = [];
  for (let from = 0; from < values.length; from += size) {
    sums.push(values.slice(from, from + size).reduce((sum, value) => sum + value, 0));
  }
  return sums;
}
