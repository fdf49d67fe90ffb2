import { useMemo, useState } from "react";
import type { LevelSeries } from "../lib/api/series.ts";
import { formatAxis, formatCount, formatMoment } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { cx } from "../ui/cx.ts";
import styles from "./Histogram.module.css";
import { HistogramPlot } from "./HistogramPlot.tsx";
import { BANDS, type Band, type Bucket, buckets } from "./levels.ts";
import type { Marker } from "./markers.ts";

interface Props {
  readonly series: readonly LevelSeries[];
  readonly height?: number;
  /** Only the bars and the axis, where numbers stand beside the chart. */
  readonly bare?: boolean;
  readonly markers?: readonly Marker[];
  readonly onZoom?: (from: number, to: number) => void;
}

const LABELS_MAX = 7;
const NO_MARKERS: readonly Marker[] = [];

/** Events over time, stacked by level. Dragging chooses a span of time. */
export function Histogram({ series, height = 64, bare = false, markers = NO_MARKERS, onZoom }: Props) {
  const [isTable, setTable] = useState(false);
  const rows = useMemo(() => buckets(series), [series]);
  const total = rows.reduce((sum, row) => sum + row.total, 0);
  const bands = BANDS.filter((band) => rows.some((row) => row.counts[band] > 0));
  return (
    <figure className={styles.chart} style={{ margin: 0 }}>
      {!bare && (
        <figcaption className={styles.legend}>
          <span>
            <b className={styles.total}>{formatCount(total)}</b> {t("events.word", { count: total })}
          </span>
          {[...bands].reverse().map((band) => (
            <span key={band} className={styles.entry}>
              <i className={cx(styles[band])} />
              {t(`level.${band}`)} <b>{formatCount(sumOf(rows, band))}</b>
            </span>
          ))}
          <span className={styles.spacer} />
          {onZoom !== undefined && <span>{t("chart.drag")}</span>}
          <button type="button" className={styles.toggle} onClick={() => setTable(!isTable)}>
            {isTable ? t("chart.asChart") : t("chart.asTable")}
          </button>
        </figcaption>
      )}
      {isTable ? (
        <HistogramTable rows={rows} bands={bands} />
      ) : (
        <>
          <HistogramPlot
            rows={rows}
            height={height}
            summary={summary(rows, total)}
            markers={markers}
            bare={bare}
            onZoom={onZoom}
          />
          <Axis rows={rows} />
        </>
      )}
    </figure>
  );
}

function sumOf(rows: readonly Bucket[], band: Band): number {
  return rows.reduce((sum, row) => sum + row.counts[band], 0);
}

function summary(rows: readonly Bucket[], total: number): string {
  const peak = rows.reduce<Bucket | null>(
    (best, row) => (best === null || row.total > best.total ? row : best),
    null,
  );
  if (peak === null || total === 0) return t("chart.none");
  return t("chart.summary", { count: total, peak: peak.total, time: formatMoment(peak.time) });
}

function Axis({ rows }: { readonly rows: readonly Bucket[] }) {
  const first = rows[0];
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return <div className={styles.axis} />;
  const span = last.time - first.time;
  const every = Math.max(1, Math.ceil(rows.length / LABELS_MAX));
  const labelled = rows.map((row, index) => ({ row, index })).filter(({ index }) => index % every === 0);
  return (
    <div className={styles.axis} aria-hidden="true">
      {labelled.map(({ row, index }) => (
        <span key={row.time} style={{ left: `${(index / rows.length) * 100}%` }}>
          {formatAxis(row.time, span)}
        </span>
      ))}
      <span style={{ left: "100%" }} />
    </div>
  );
}

function HistogramTable({
  rows,
  bands,
}: {
  readonly rows: readonly Bucket[];
  readonly bands: readonly Band[];
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls, so the keyboard must reach it
    <div className={styles.table} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("chart.time")}</th>
            {bands.map((band) => (
              <th key={band} scope="col">
                {t(`level.${band}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows
            .filter((row) => row.total > 0)
            .map((row) => (
              <tr key={row.time}>
                <th scope="row">{formatMoment(row.time)}</th>
                {bands.map((band) => (
                  <td key={band}>{formatCount(row.counts[band])}</td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}
