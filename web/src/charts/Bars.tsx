import { memo } from "react";
import { formatCount } from "../lib/format.ts";
import type { Bin } from "../lib/latency.ts";
import { cx } from "../ui/cx.ts";
import styles from "./Histogram.module.css";
import { useBrush } from "./useBrush.ts";

interface Props {
  readonly bins: readonly Bin[];
  readonly format: (value: number) => string;
  /** The chart in one sentence. */
  readonly label: string;
  /** Values that are pointed out, such as percentiles. */
  readonly marks?: readonly { readonly value: number; readonly label: string }[];
  readonly height?: number;
  readonly onChoose?: (from: number, to: number) => void;
}

const UNIT = 10;
const LABELS_MAX = 5;

/** How values are distributed. Dragging chooses some of them. */
export function Bars({ bins, format, label, marks = [], height = 84, onChoose }: Props) {
  const choose = (first: number, last: number) => {
    const [start, end] = [bins[first], bins[last]];
    if (start !== undefined && end !== undefined) onChoose?.(start.from, end.to);
  };
  const { pointed, handlers } = useBrush(bins.length, onChoose === undefined ? undefined : choose);
  const percent = (bin: number) => `${(bin / Math.max(1, bins.length)) * 100}%`;
  const at = bins[pointed?.at ?? -1];
  const [left, right] = [pointed?.from ?? pointed?.at ?? 0, pointed?.at ?? 0].sort((a, b) => a - b);
  const every = Math.max(1, Math.ceil(bins.length / LABELS_MAX));
  return (
    <div className={styles.chart}>
      <div className={cx(styles.plot, onChoose !== undefined && styles.zoomable)} {...handlers}>
        <Drawing bins={bins} height={height} label={label} />
        {marks.map((mark) => {
          const bin = bins.findIndex(({ to }) => mark.value <= to);
          if (bin < 0) return null;
          return (
            <span
              key={mark.label}
              className={cx(styles.marker, bin > bins.length * 0.8 && styles.markerLeft)}
              style={{ left: percent(bin + 0.5) }}
            >
              <span>{mark.label}</span>
            </span>
          );
        })}
        {pointed !== null && at !== undefined && (
          <>
            <div
              className={pointed.from === null ? styles.hover : styles.brush}
              style={{ left: percent(left ?? 0), width: percent((right ?? 0) - (left ?? 0) + 1) }}
            />
            <div
              className={styles.tip}
              style={{ left: `clamp(90px, ${percent(pointed.at + 0.5)}, calc(100% - 90px))` }}
            >
              {format(at.from)} – {format(at.to)} · <b>{formatCount(at.count)}</b>
            </div>
          </>
        )}
      </div>
      <div className={styles.axis} aria-hidden="true">
        {bins.map(({ from, to }, index) =>
          index % every === 0 ? (
            <span key={to} style={{ left: percent(index) }}>
              {format(from)}
            </span>
          ) : null,
        )}
        <span style={{ left: "100%" }}>{format(bins.at(-1)?.to ?? 0)}</span>
      </div>
    </div>
  );
}

/** Does not depend on the pointer, so moving it draws nothing again. */
const Drawing = memo(function Drawing({
  bins,
  height,
  label,
}: Pick<Props, "bins" | "label"> & { height: number }) {
  const max = Math.max(1, ...bins.map(({ count }) => count));
  const width = Math.max(1, bins.length) * UNIT;
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      height={height}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <line className={styles.grid} x1={0} x2={width} y1={height} y2={height} />
      {bins.map(({ to, count }, index) => {
        const tall = count === 0 ? 0 : Math.max(1, (count / max) * (height - 12));
        return (
          <rect
            key={to}
            className={styles.info}
            x={index * UNIT + 0.6}
            y={height - tall}
            width={UNIT - 1.2}
            height={tall}
          />
        );
      })}
    </svg>
  );
});
