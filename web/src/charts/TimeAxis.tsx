import type { StatsPoint } from "../lib/api/types.ts";
import { formatAxis } from "../lib/format.ts";
import styles from "./Histogram.module.css";

const LABELS_MAX = 6;

/** Times below a chart. */
export function TimeAxis({ points }: { readonly points: readonly StatsPoint[] }) {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return <div className={styles.axis} />;
  const every = Math.max(1, Math.ceil(points.length / LABELS_MAX));
  return (
    <div className={styles.axis} aria-hidden="true">
      {points.map(([seconds], index) =>
        index % every === 0 ? (
          <span key={seconds} style={{ left: `${(index / points.length) * 100}%` }}>
            {formatAxis(seconds * 1000, (last[0] - first[0]) * 1000)}
          </span>
        ) : null,
      )}
      <span style={{ left: "100%" }} />
    </div>
  );
}
