import { memo, useState } from "react";
import type { StatsPoint } from "../lib/api/types.ts";
import { formatAxis, formatMoment } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { cx } from "../ui/cx.ts";
import styles from "./Histogram.module.css";
import { useBrush } from "./useBrush.ts";

interface Props {
  /** Says what is drawn, with its unit. */
  readonly title: string;
  readonly points: readonly StatsPoint[];
  /** Counts are bars, as they belong to a stretch of time; all else is a line. */
  readonly shape: "bars" | "line";
  readonly format: (value: number) => string;
  readonly height?: number;
  readonly onZoom?: (from: number, to: number) => void;
}

const LABELS_MAX = 7;
const UNIT = 10;

/** One value over time. Dragging chooses a span of time. */
export function TimeSeries({ title, points, shape, format, height = 72, onZoom }: Props) {
  const [isTable, setTable] = useState(false);
  const step = stepMs(points);
  const choose = (first: number, last: number) => {
    const [start, end] = [points[first], points[last]];
    if (start !== undefined && end !== undefined) onZoom?.(start[0] * 1000, end[0] * 1000 + step);
  };
  const { pointed, handlers } = useBrush(points.length, onZoom === undefined ? undefined : choose);
  const max = Math.max(0, ...points.map(([, value]) => value));
  const at = pointed === null ? undefined : points[pointed.at];
  const percent = (bucket: number) => `${(bucket / Math.max(1, points.length)) * 100}%`;
  const [left, right] = [pointed?.from ?? pointed?.at ?? 0, pointed?.at ?? 0].sort((a, b) => a - b);
  return (
    <figure className={styles.chart} style={{ margin: 0 }}>
      <figcaption className={styles.legend}>
        <b className={styles.total}>{title}</b>
        <span>{t("series.max", { value: format(max) })}</span>
        <span className={styles.spacer} />
        {onZoom !== undefined && <span>{t("chart.drag")}</span>}
        <button type="button" className={styles.toggle} onClick={() => setTable(!isTable)}>
          {isTable ? t("chart.asChart") : t("chart.asTable")}
        </button>
      </figcaption>
      {isTable ? (
        <SeriesTable title={title} points={points} format={format} />
      ) : (
        <>
          <div className={cx(styles.plot, onZoom !== undefined && styles.zoomable)} {...handlers}>
            <Drawing
              points={points}
              shape={shape}
              height={height}
              max={max}
              label={t("series.summary", { title, value: format(max) })}
            />
            {pointed !== null && at !== undefined && (
              <>
                <div
                  className={pointed.from === null ? styles.hover : styles.brush}
                  style={{ left: percent(left ?? 0), width: percent((right ?? 0) - (left ?? 0) + 1) }}
                />
                <div
                  className={styles.tip}
                  style={{ left: `clamp(70px, ${percent(pointed.at + 0.5)}, calc(100% - 70px))` }}
                >
                  {formatMoment(at[0] * 1000)} · <b>{format(at[1])}</b>
                </div>
              </>
            )}
          </div>
          <Axis points={points} />
        </>
      )}
    </figure>
  );
}

function stepMs(points: readonly StatsPoint[]): number {
  const [first, second] = points;
  return first === undefined || second === undefined ? 0 : (second[0] - first[0]) * 1000;
}

interface DrawingProps {
  readonly points: readonly StatsPoint[];
  readonly shape: "bars" | "line";
  readonly height: number;
  readonly max: number;
  readonly label: string;
}

/** Does not depend on the pointer, so moving it draws nothing again. */
const Drawing = memo(function Drawing({ points, shape, height, max, label }: DrawingProps) {
  const width = Math.max(1, points.length) * UNIT;
  const y = (value: number) => height - (max === 0 ? 0 : (value / max) * (height - 4));
  const line = points
    .map(([, value], index) => `${index * UNIT + UNIT / 2},${y(value).toFixed(1)}`)
    .join(" ");
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      height={height}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {[0.5, 1].map((share) => (
        <line
          key={share}
          className={styles.grid}
          x1={0}
          x2={width}
          y1={y(share * max)}
          y2={y(share * max)}
          strokeDasharray="2 3"
        />
      ))}
      <line className={styles.grid} x1={0} x2={width} y1={height} y2={height} />
      {shape === "line" ? (
        <polyline className={styles.line} points={line} />
      ) : (
        points.map(([seconds, value], index) => (
          <rect
            key={seconds}
            className={styles.value}
            x={index * UNIT + 0.6}
            y={y(value)}
            width={UNIT - 1.2}
            height={height - y(value)}
          />
        ))
      )}
    </svg>
  );
});

function Axis({ points }: { readonly points: readonly StatsPoint[] }) {
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

function SeriesTable({ title, points, format }: Pick<Props, "title" | "points" | "format">) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls, so the keyboard must reach it
    <div className={styles.table} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("chart.time")}</th>
            <th scope="col">{title}</th>
          </tr>
        </thead>
        <tbody>
          {points.map(([seconds, value]) => (
            <tr key={seconds}>
              <th scope="row">{formatMoment(seconds * 1000)}</th>
              <td>{format(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
