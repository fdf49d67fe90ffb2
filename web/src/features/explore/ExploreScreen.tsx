import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { TimeSeries } from "../../charts/TimeSeries.tsx";
import { axesQuery } from "../../lib/api/performance.ts";
import { formatCount, formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { SPANS_CHARTS, SPANS_TABS, type SpansChart, type SpansSearch } from "../../lib/urlstate.ts";
import { useMarkers } from "../../ui/markers/useMarkers.ts";
import { CompareMenu } from "../../ui/performance/CompareMenu.tsx";
import { cellText } from "../../ui/performance/cells.ts";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import { SpanQueryBar } from "../../ui/SpanQueryBar/SpanQueryBar.tsx";
import { Aggregates } from "./Aggregates.tsx";
import styles from "./ExploreScreen.module.css";
import { LatencyMap } from "./LatencyMap.tsx";
import { SpanList } from "./SpanList.tsx";

const route = getRouteApi("/$org/explore/traces");

interface Chart {
  readonly axis: string;
  readonly shape: "bars" | "line";
  readonly format: (value: number) => string;
  readonly gaps?: boolean;
}

const CHARTS: Readonly<Record<Exclude<SpansChart, "heatmap">, Chart>> = {
  count: { axis: "count()", shape: "bars", format: formatCount },
  p95: { axis: "p95(span.duration)", shape: "line", format: formatDuration, gaps: true },
  failures: { axis: "failure_rate()", shape: "line", format: (share) => cellText(share, "percentage") },
};

/** What is in the URL, and how to change it. */
export interface Exploring {
  readonly org: string;
  readonly search: SpansSearch;
  readonly change: (next: Partial<SpansSearch>) => void;
}

/** Spans of all services: found, over time, one by one, and summed up. */
export function ExploreScreen() {
  const { org } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: Partial<SpansSearch>) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...next }), resetScroll: false });
  const tab = search.tab ?? "spans";
  const exploring = { org, search, change };
  return (
    <div className={styles.screen}>
      <div className={styles.query}>
        <SpanQueryBar
          org={org}
          search={search}
          query={search.q ?? ""}
          onQuery={(q) => change({ q: q === "" ? undefined : q })}
        />
        <CompareMenu org={org} search={search} query={search.q ?? ""} />
      </div>
      <SpansChartPlot {...exploring} />
      <div className={styles.tabs}>
        <Segmented
          label={t("explore.tabs")}
          options={SPANS_TABS.map((value) => ({ value, label: t(`explore.${value}`) }))}
          value={tab}
          onChange={(next) => change({ tab: next === "spans" ? undefined : next, sort: undefined })}
        />
      </div>
      {tab === "spans" ? <SpanList {...exploring} /> : <Aggregates {...exploring} />}
    </div>
  );
}

function SpansChartPlot({ org, search, change }: Exploring) {
  const chosen = search.chart ?? "count";
  return (
    <div className={styles.chart}>
      <Segmented
        label={t("explore.chart")}
        options={SPANS_CHARTS.map((value) => ({ value, label: t(`explore.chart.${value}`) }))}
        value={chosen}
        onChange={(next) => change({ chart: next === "count" ? undefined : next })}
      />
      {chosen === "heatmap" ? (
        <LatencyMap org={org} search={search} query={search.q ?? ""} />
      ) : (
        <Series org={org} search={search} change={change} chosen={chosen} />
      )}
    </div>
  );
}

function Series({
  org,
  search,
  change,
  chosen,
}: Exploring & { readonly chosen: Exclude<SpansChart, "heatmap"> }) {
  const { axis, ...chart } = CHARTS[chosen];
  const series = useQuery({
    ...axesQuery(org, search, search.q ?? "", [axis]),
    placeholderData: keepPreviousData,
  });
  const markers = useMarkers(org, search);
  const title = t(`explore.chart.${chosen}`);
  if (series.data === undefined) return null;
  return (
    <TimeSeries
      title={title}
      {...chart}
      lines={[{ name: title, points: series.data.get(axis) ?? [] }]}
      markers={markers}
      onZoom={(from, to) =>
        change({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), t: undefined })
      }
    />
  );
}
