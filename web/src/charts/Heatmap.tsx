import { memo, type PointerEvent, useState } from "react";
import { formatCount, formatMoment } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import styles from "./Heatmap.module.css";
import base from "./Histogram.module.css";
import { Markers } from "./Markers.tsx";
import type { Marker } from "./markers.ts";
import { TimeAxis } from "./TimeAxis.tsx";

/** Values between two, with how many of them there were in each stretch of time. */
export interface HeatRow {
  readonly from: number;
  readonly to: number;
  readonly counts: readonly number[];
}

/** A part of the map: moments in milliseconds since 1970, and values. */
export interface Box {
  readonly from: number;
  readonly to: number;
  readonly least: number;
  readonly most: number;
}

interface Props {
  readonly title: string;
  readonly hint: string;
  /** When the columns begin, in milliseconds since 1970. */
  readonly times: readonly number[];
  /** The smallest values first; they are drawn at the bottom. */
  readonly rows: readonly HeatRow[];
  readonly format: (value: number) => string;
  readonly markers?: readonly Marker[];
  readonly onChoose: (box: Box) => void;
}

interface Cell {
  readonly column: number;
  readonly row: number;
}

interface Pointed {
  readonly at: Cell;
  readonly from: Cell | null;
}

const NO_MARKERS: readonly Marker[] = [];

/** A map of how often values occurred when. Dragging draws a box. */
export function Heatmap({ title, hint, times, rows, format, markers = NO_MARKERS, onChoose }: Props) {
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const cellAt = (event: PointerEvent<HTMLDivElement>): Cell => {
    const box = event.currentTarget.getBoundingClientRect();
    const place = (share: number, count: number) =>
      Math.min(count - 1, Math.max(0, Math.floor(share * count)));
    return {
      column: place((event.clientX - box.left) / Math.max(1, box.width), times.length),
      row: place(1 - (event.clientY - box.top) / Math.max(1, box.height), rows.length),
    };
  };
  const step = (times[1] ?? 0) - (times[0] ?? 0);
  const choose = (a: Cell, b: Cell) => {
    const area = spanned(a, b);
    const [first, last] = [times[area.left], times[area.right]];
    const [least, most] = [rows[area.bottom]?.from, rows[area.top]?.to];
    if (first === undefined || last === undefined || least === undefined || most === undefined) return;
    onChoose({ from: first, to: last + step, least, most });
  };
  const onUp = (event: PointerEvent<HTMLDivElement>) => {
    const at = cellAt(event);
    const from = pointed?.from ?? null;
    setPointed({ at, from: null });
    if (from !== null) choose(from, at);
  };
  const total = rows.reduce((sum, { counts }) => sum + counts.reduce((all, one) => all + one, 0), 0);
  return (
    <figure className={base.chart} style={{ margin: 0 }}>
      <figcaption className={base.legend}>
        <b className={base.total}>{title}</b>
        <span>{hint}</span>
      </figcaption>
      <div
        className={styles.map}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const at = cellAt(event);
          setPointed({ at, from: at });
        }}
        onPointerMove={(event) => setPointed({ at: cellAt(event), from: pointed?.from ?? null })}
        onPointerUp={onUp}
        onPointerLeave={() => pointed?.from == null && setPointed(null)}
        onPointerCancel={() => setPointed(null)}
      >
        <Cells
          times={times}
          rows={rows}
          label={t("heatmap.summary", {
            count: total,
            shown: formatCount(total),
            min: format(rows[0]?.from ?? 0),
            max: format(rows.at(-1)?.to ?? 0),
          })}
        />
        <span className={styles.most} aria-hidden="true">
          {format(rows.at(-1)?.to ?? 0)}
        </span>
        <span className={styles.least} aria-hidden="true">
          {format(rows[0]?.from ?? 0)}
        </span>
        <Markers markers={markers} start={times[0] ?? 0} span={step * times.length} bare />
        {pointed !== null && <Marked pointed={pointed} times={times} rows={rows} format={format} />}
      </div>
      <TimeAxis points={times.map((time) => [time / 1000, 0])} />
    </figure>
  );
}

function spanned(a: Cell, b: Cell) {
  return {
    left: Math.min(a.column, b.column),
    right: Math.max(a.column, b.column),
    bottom: Math.min(a.row, b.row),
    top: Math.max(a.row, b.row),
  };
}

type MarkedProps = Pick<Props, "times" | "rows" | "format"> & { readonly pointed: Pointed };

function Marked({ pointed: { at, from }, times, rows, format }: MarkedProps) {
  const area = spanned(at, from ?? at);
  const [wide, tall] = [100 / Math.max(1, times.length), 100 / Math.max(1, rows.length)];
  let count = 0;
  for (const { counts } of rows.slice(area.bottom, area.top + 1)) {
    for (const one of counts.slice(area.left, area.right + 1)) count += one;
  }
  const middle = ((area.left + area.right + 1) / 2) * wide;
  return (
    <>
      <div
        className={styles.box}
        style={{
          left: `${area.left * wide}%`,
          width: `${(area.right - area.left + 1) * wide}%`,
          bottom: `${area.bottom * tall}%`,
          height: `${(area.top - area.bottom + 1) * tall}%`,
        }}
      />
      <div className={base.tip} style={{ left: `clamp(110px, ${middle}%, calc(100% - 110px))` }}>
        {formatMoment(times[area.left] ?? 0)} · {format(rows[area.bottom]?.from ?? 0)} –{" "}
        {format(rows[area.top]?.to ?? 0)} · <b>{formatCount(count)}</b>
      </div>
    </>
  );
}

/** Does not depend on the pointer, so moving it draws nothing again. */
const Cells = memo(function Cells({ times, rows, label }: Pick<Props, "times" | "rows"> & { label: string }) {
  const most = Math.max(1, ...rows.flatMap(({ counts }) => counts));
  return (
    <svg
      viewBox={`0 0 ${Math.max(1, times.length)} ${Math.max(1, rows.length)}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {rows.map(({ to, counts }, row) =>
        counts.map((count, column) =>
          count === 0 ? null : (
            <rect
              key={`${to} ${times[column]}`}
              x={column + 0.04}
              y={rows.length - 1 - row + 0.04}
              width={0.92}
              height={0.92}
              // A single span must be seen beside thousands.
              fillOpacity={0.15 + 0.85 * Math.sqrt(count / most)}
            />
          ),
        ),
      )}
    </svg>
  );
});
