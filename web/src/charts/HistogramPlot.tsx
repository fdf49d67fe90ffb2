import { memo } from "react";
import { formatCount, formatMoment } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { cx } from "../ui/cx.ts";
import styles from "./Histogram.module.css";
import { BANDS, type Bucket } from "./levels.ts";
import { Markers } from "./Markers.tsx";
import type { Marker } from "./markers.ts";
import { type Pointed, useBrush } from "./useBrush.ts";

interface Props {
  readonly rows: readonly Bucket[];
  readonly height: number;
  /** The chart in one sentence. */
  readonly summary: string;
  readonly markers: readonly Marker[];
  /** There is no room for words. */
  readonly bare: boolean;
  readonly onZoom?: ((from: number, to: number) => void) | undefined;
}

export function HistogramPlot({ rows, height, summary, markers, bare, onZoom }: Props) {
  const choose = (first: number, last: number) => {
    const [start, end] = [rows[first], rows[last]];
    if (start !== undefined && end !== undefined) onZoom?.(start.time, end.time + stepOf(rows));
  };
  const { pointed, handlers } = useBrush(rows.length, onZoom === undefined ? undefined : choose);
  return (
    <div className={cx(styles.plot, onZoom !== undefined && styles.zoomable)} {...handlers}>
      <Bars rows={rows} height={height} summary={summary} />
      <Markers markers={markers} start={rows[0]?.time ?? 0} span={stepOf(rows) * rows.length} bare={bare} />
      {pointed !== null && <Marked rows={rows} pointer={pointed} />}
    </div>
  );
}

function stepOf(rows: readonly Bucket[]): number {
  const [first, second] = rows;
  return first === undefined || second === undefined ? 0 : second.time - first.time;
}

function Marked({ rows, pointer }: { readonly rows: readonly Bucket[]; readonly pointer: Pointed }) {
  const row = rows[pointer.at];
  if (row === undefined) return null;
  const percent = (bucket: number) => `${(bucket / rows.length) * 100}%`;
  const left = Math.min(pointer.at, pointer.from ?? pointer.at);
  const right = Math.max(pointer.at, pointer.from ?? pointer.at) + 1;
  return (
    <>
      <div
        className={pointer.from === null ? styles.hover : styles.brush}
        style={{ left: percent(left), width: percent(right - left) }}
      />
      <div
        className={styles.tip}
        style={{ left: `clamp(70px, ${percent(pointer.at + 0.5)}, calc(100% - 70px))` }}
      >
        {formatMoment(row.time)} · <b>{formatCount(row.total)}</b> {t("events.word", { count: row.total })}
      </div>
    </>
  );
}

interface BarsProps {
  readonly rows: readonly Bucket[];
  readonly height: number;
  readonly summary: string;
}

/** Does not depend on the pointer, so moving it draws nothing again. */
const Bars = memo(function Bars({ rows, height, summary }: BarsProps) {
  const max = Math.max(1, ...rows.map((row) => row.total));
  const unit = 10;
  const width = Math.max(1, rows.length) * unit;
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      height={height}
      preserveAspectRatio="none"
      role="img"
      aria-label={summary}
    >
      {[0.5, 1].map((share) => (
        <line
          key={share}
          className={styles.grid}
          x1={0}
          x2={width}
          y1={height - share * (height - 4)}
          y2={height - share * (height - 4)}
          strokeDasharray="2 3"
        />
      ))}
      <line className={styles.grid} x1={0} x2={width} y1={height} y2={height} />
      {rows.map((row, index) => {
        let top = height;
        return BANDS.filter((band) => row.counts[band] > 0).map((band) => {
          const tall = Math.max(0.6, (row.counts[band] / max) * (height - 4));
          top -= tall;
          return (
            <rect
              key={`${row.time}-${band}`}
              className={cx(styles[band])}
              x={index * unit + 0.6}
              y={top}
              width={unit - 1.2}
              height={tall}
            />
          );
        });
      })}
    </svg>
  );
});
