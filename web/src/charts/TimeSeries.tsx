import { ChartLine, Sheet } from "lucide-react";
import { memo, useEffect, useMemo, useState } from "react";
import type { StatsPoint } from "../lib/api/types.ts";
import { formatMoment } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { useStore } from "../lib/store.ts";
import { Button } from "../ui/Button/Button.tsx";
import { cx } from "../ui/cx.ts";
import { cursor } from "./cursor.ts";
import styles from "./Histogram.module.css";
import { Markers } from "./Markers.tsx";
import { extentOf, type Marker } from "./markers.ts";
import { TimeAxis } from "./TimeAxis.tsx";
import { useBrush } from "./useBrush.ts";

/** A value over time. */
export interface Line {
  readonly name: string;
  /** A colour token, such as `var(--c1)`. */
  readonly color?: string;
  readonly points: readonly StatsPoint[];
}

interface Props {
  /** Says what is drawn, with its unit. */
  readonly title: string;
  /** All with points at the same times. */
  readonly lines: readonly Line[];
  /** Counts are bars, as they belong to a stretch of time; all else is a line. Bars of several lines are parts
   * of a whole, and stand on each other. */
  readonly shape: "bars" | "line";
  readonly format: (value: number) => string;
  /** Zero means that nothing was measured, as with durations: the line is broken there. */
  readonly gaps?: boolean;
  /** Where the axis begins; for lines whose changes would not be seen from zero. */
  readonly floor?: number;
  readonly markers?: readonly Marker[];
  readonly height?: number;
  readonly onZoom?: ((from: number, to: number) => void) | undefined;
}

const UNIT = 10;
const COLOR = "var(--info-fill)";
const NO_MARKERS: readonly Marker[] = [];
const NO_POINTS: readonly StatsPoint[] = [];

/** Values over time. Dragging chooses a span of time; pointing marks the same moment on every chart. */
export function TimeSeries(props: Props) {
  const { title, lines, shape, format, gaps = false, floor = 0, markers = NO_MARKERS } = props;
  const { height = 72, onZoom } = props;
  const [isTable, setTable] = useState(false);
  const max = useMemo(() => Math.max(floor, highest(lines, shape)), [lines, shape, floor]);
  return (
    <figure className={styles.chart} style={{ margin: 0 }}>
      <figcaption className={styles.legend}>
        <b className={styles.total}>{title}</b>
        {lines.length > 1 && <Legend lines={lines} />}
        <span className={styles.spacer} />
        <Button
          size="small"
          variant="ghost"
          icon
          aria-label={t(isTable ? "chart.asChart" : "chart.asTable")}
          title={t(isTable ? "chart.asChart" : "chart.asTable")}
          onClick={() => setTable(!isTable)}
        >
          {isTable ? <ChartLine size={13} /> : <Sheet size={13} />}
        </Button>
      </figcaption>
      {isTable ? (
        <SeriesTable lines={lines} format={format} />
      ) : (
        <>
          <Plot
            title={title}
            lines={lines}
            shape={shape}
            format={format}
            gaps={gaps}
            floor={floor}
            markers={markers}
            height={height}
            max={max}
            onZoom={onZoom}
          />
          <TimeAxis points={lines[0]?.points ?? NO_POINTS} />
        </>
      )}
    </figure>
  );
}

/** The highest point of a line, or the tallest pile of bars. */
function highest(lines: readonly Line[], shape: Props["shape"]): number {
  if (shape === "line") return Math.max(0, ...lines.flatMap(({ points }) => points.map(([, y]) => y)));
  const piles = (lines[0]?.points ?? NO_POINTS).map((_, place) =>
    lines.reduce((sum, { points }) => sum + (points[place]?.[1] ?? 0), 0),
  );
  return Math.max(0, ...piles);
}

/** What each line is. */
function Legend({ lines }: Pick<Props, "lines">) {
  return lines.map(({ name, color = COLOR }) => (
    <span key={name} className={styles.entry}>
      <i style={{ background: color }} />
      {name}
    </span>
  ));
}

type PlotProps = Required<Omit<Props, "onZoom">> & Pick<Props, "onZoom"> & { readonly max: number };

function Plot({ title, lines, shape, format, gaps, floor, markers, height, max, onZoom }: PlotProps) {
  const points = lines[0]?.points ?? NO_POINTS;
  const step = stepMs(points);
  const choose = (first: number, last: number) => {
    const [start, end] = [points[first], points[last]];
    if (start !== undefined && end !== undefined) onZoom?.(start[0] * 1000, end[0] * 1000 + step);
  };
  const { pointed, handlers } = useBrush(points.length, onZoom === undefined ? undefined : choose);
  const pointedTime = points[pointed?.at ?? -1]?.[0];
  useEffect(() => {
    if (pointedTime === undefined) return;
    cursor.set(pointedTime * 1000);
    return () => cursor.set(null);
  }, [pointedTime]);
  const at = useStore(cursor);
  const marked = at === null ? -1 : bucketAt(points, at);
  const here = points[marked];
  const percent = (bucket: number) => `${(bucket / Math.max(1, points.length)) * 100}%`;
  const [left, right] = [pointed?.from ?? marked, pointed?.at ?? marked].sort((a, b) => a - b);
  return (
    <div className={cx(styles.plot, onZoom !== undefined && styles.zoomable)} {...handlers}>
      <Drawing
        lines={lines}
        shape={shape}
        height={height}
        max={max}
        floor={floor}
        gaps={gaps}
        label={t("series.summary", { title, value: format(max) })}
      />
      {max > 0 && (
        <span className={styles.top} aria-hidden="true">
          {format(max)}
        </span>
      )}
      {floor > 0 && (
        <span className={cx(styles.top, styles.bottom)} aria-hidden="true">
          {format(floor)}
        </span>
      )}
      <Markers markers={markers} {...extentOf(points)} />
      {here !== undefined && (
        <div
          className={pointed?.from == null ? styles.hover : styles.brush}
          style={{ left: percent(left ?? 0), width: percent((right ?? 0) - (left ?? 0) + 1) }}
        />
      )}
      {here !== undefined && (
        <div
          className={styles.tip}
          style={{ left: `clamp(70px, ${percent(marked + 0.5)}, calc(100% - 70px))` }}
        >
          {formatMoment(here[0] * 1000)}
          {lines.map((line) => {
            const value = line.points[marked]?.[1] ?? 0;
            return (
              <span key={line.name}>
                {lines.length > 1 && line.name} <b>{gaps && value === 0 ? "—" : format(value)}</b>
              </span>
            );
          })}
        </div>
      )}
    </div>
  );
}

/** Where in a row of points a moment lies; -1 before the first and after the last. */
export function bucketAt(points: readonly StatsPoint[], ms: number): number {
  const [first] = points;
  const step = stepMs(points);
  if (first === undefined || step === 0) return -1;
  const at = Math.floor((ms - first[0] * 1000) / step);
  return at < 0 || at >= points.length ? -1 : at;
}

function stepMs(points: readonly StatsPoint[]): number {
  const [first, second] = points;
  return first === undefined || second === undefined ? 0 : (second[0] - first[0]) * 1000;
}

/** Points without gaps between them. */
export function stretches(points: readonly StatsPoint[], gaps: boolean): readonly (readonly number[])[] {
  const found: number[][] = [];
  let isOpen = false;
  points.forEach(([, value], index) => {
    const isThere = !gaps || value !== 0;
    if (isThere && isOpen) found.at(-1)?.push(index);
    else if (isThere) found.push([index]);
    isOpen = isThere;
  });
  return found;
}

interface DrawingProps {
  readonly lines: readonly Line[];
  readonly shape: "bars" | "line";
  readonly height: number;
  readonly max: number;
  readonly floor: number;
  readonly gaps: boolean;
  readonly label: string;
}

/** Does not depend on the pointer, so moving it draws nothing again. */
const Drawing = memo(function Drawing(props: DrawingProps) {
  const { lines, shape, height, max, floor, gaps, label } = props;
  const width = Math.max(1, lines[0]?.points.length ?? 0) * UNIT;
  const y = (value: number) =>
    height - (max <= floor ? 0 : ((Math.max(value, floor) - floor) / (max - floor)) * (height - 4));
  const below = (line: number, place: number) =>
    lines.slice(0, line).reduce((sum, { points }) => sum + (points[place]?.[1] ?? 0), 0);
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
          y1={y(floor + share * (max - floor))}
          y2={y(floor + share * (max - floor))}
          strokeDasharray="2 3"
        />
      ))}
      <line className={styles.grid} x1={0} x2={width} y1={height} y2={height} />
      {lines.map(({ name, points, color = COLOR }, line) =>
        shape === "line"
          ? stretches(points, gaps).map((places) => (
              <polyline
                key={`${name} ${places[0]}`}
                className={styles.line}
                style={{ stroke: color }}
                points={strokeOf(places, (place) => y(points[place]?.[1] ?? 0))}
              />
            ))
          : points.map(([seconds, value], index) => (
              <rect
                key={seconds}
                style={{ fill: color }}
                x={index * UNIT + 0.6}
                y={y(below(line, index) + value)}
                width={UNIT - 1.2}
                height={y(below(line, index)) - y(below(line, index) + value)}
              />
            )),
      )}
    </svg>
  );
});

/** A point alone is a dash as wide as its bucket. */
function strokeOf(places: readonly number[], y: (place: number) => number): string {
  const [only, second] = places;
  if (only !== undefined && second === undefined) {
    return [1, UNIT - 1].map((x) => `${only * UNIT + x},${y(only).toFixed(1)}`).join(" ");
  }
  return places.map((place) => `${place * UNIT + UNIT / 2},${y(place).toFixed(1)}`).join(" ");
}

function SeriesTable({ lines, format }: Pick<Props, "lines" | "format">) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls, so the keyboard must reach it
    <div className={styles.table} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("chart.time")}</th>
            {lines.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(lines[0]?.points ?? NO_POINTS).map(([seconds], index) => (
            <tr key={seconds}>
              <th scope="row">{formatMoment(seconds * 1000)}</th>
              {lines.map(({ name, points }) => (
                <td key={name}>{format(points[index]?.[1] ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
