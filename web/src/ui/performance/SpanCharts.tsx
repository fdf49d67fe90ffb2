import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { TimeSeries } from "../../charts/TimeSeries.tsx";
import { axesQuery } from "../../lib/api/performance.ts";
import { problemOf } from "../../lib/remote.ts";
import type { ScopeSearch } from "../../lib/urlstate.ts";
import { cx } from "../cx.ts";
import { useMarkers } from "../markers/useMarkers.ts";
import { explain } from "../ProblemView/ProblemView.tsx";
import styles from "./Performance.module.css";

export interface SpanChart {
  readonly title: string;
  readonly shape: "bars" | "line";
  readonly format: (value: number) => string;
  readonly gaps?: boolean;
  readonly lines: readonly { readonly axis: string; readonly name: string; readonly color?: string }[];
}

/** As many fit beside each other on most screens; more would leave one alone in the second row. */
const THREE = 3;

interface Props {
  readonly org: string;
  readonly search: ScopeSearch;
  readonly query: string;
  readonly charts: readonly SpanChart[];
  readonly change: (next: ScopeSearch) => void;
}

/** Aggregates over time, side by side, with the releases. All come with one question. */
export function SpanCharts({ org, search, query, charts, change }: Props) {
  const axes = [...new Set(charts.flatMap(({ lines }) => lines.map(({ axis }) => axis)))];
  const series = useQuery({ ...axesQuery(org, search, query, axes), placeholderData: keepPreviousData });
  const markers = useMarkers(org, search);
  const zoom = (from: number, to: number) =>
    change({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), t: undefined });
  return (
    <div className={cx(styles.charts, charts.length > THREE && styles.four)}>
      {charts.map(({ title, lines, ...chart }) => (
        <div key={title} className={styles.chart}>
          {series.data !== undefined && (
            <TimeSeries
              title={title}
              {...chart}
              lines={lines.map((line) => ({ ...line, points: series.data.get(line.axis) ?? [] }))}
              markers={markers}
              onZoom={zoom}
            />
          )}
          {series.data === undefined && series.error !== null && (
            <p role="alert" className={styles.bad}>
              {explain(problemOf(series.error))}
            </p>
          )}
        </div>
      ))}
    </div>
  );
}
