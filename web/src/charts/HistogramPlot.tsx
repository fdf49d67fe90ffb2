import { memo, type PointerEvent, useState } from "react";
import { formatCount, formatMoment } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { cx } from "../ui/cx.ts";
import styles from "./Histogram.module.css";
import { BANDS, type Bucket } from "./levels.ts";

interface Props {
  readonly rows: readonly Bucket[];
  readonly height: number;
  /** The chart in one sentence. */
  readonly summary: string;
  readonly onZoom?: ((from: number, to: number) => void) | undefined;
}

/** Where the pointer is and where it went down, as bucket numbers. */
interface Pointer {
  readonly at: number;
  readonly from: number | null;
}

export function HistogramPlot({ rows, height, summary, onZoom }: Props) {
  const [pointer, setPointer] = useState<Pointer | null>(null);
  const bucketAt = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left) / Math.max(1, box.width);
    return Math.min(rows.length - 1, Math.max(0, Math.floor(share * rows.length)));
  };
  const onDown = (event: PointerEvent<HTMLDivElement>) => {
    if (onZoom === undefined || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const at = bucketAt(event);
    setPointer({ at, from: at });
  };
  const onUp = (event: PointerEvent<HTMLDivElement>) => {
    const from = pointer?.from ?? null;
    const at = bucketAt(event);
    setPointer({ at, from: null });
    if (from === null || from === at) return;
    const start = rows[Math.min(from, at)];
    const end = rows[Math.max(from, at)];
    if (start !== undefined && end !== undefined) onZoom?.(start.time, end.time + stepOf(rows));
  };
  return (
    <div
      className={cx(styles.plot, onZoom !== undefined && styles.zoomable)}
      onPointerDown={onDown}
      onPointerMove={(event) => setPointer({ at: bucketAt(event), from: pointer?.from ?? null })}
      onPointerUp={onUp}
      onPointerLeave={() => setPointer(pointer?.from == null ? null : pointer)}
      onPointerCancel={() => setPointer(null)}
    >
      <Bars rows={rows} height={height} summary={summary} />
      {pointer !== null && <Pointed rows={rows} pointer={pointer} />}
    </div>
  );
}

function stepOf(rows: readonly Bucket[]): number {
  const [first, second] = rows;
  return first === undefined || second === undefined ? 0 : second.time - first.time;
}

function Pointed({ rows, pointer }: { readonly rows: readonly Bucket[]; readonly pointer: Pointer }) {
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
