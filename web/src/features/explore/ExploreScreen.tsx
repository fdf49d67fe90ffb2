import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { TimeSeries } from "../../charts/TimeSeries.tsx";
import { spanSeriesQuery } from "../../lib/api/traces.ts";
import { formatCount, formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { SPANS_CHARTS, SPANS_TABS, type SpansChart, type SpansSearch } from "../../lib/urlstate.ts";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import { SpanQueryBar } from "../../ui/SpanQueryBar/SpanQueryBar.tsx";
import { Aggregates } from "./Aggregates.tsx";
import { cellText } from "./cells.ts";
import styles from "./ExploreScreen.module.css";
import { SpanList } from "./SpanList.tsx";

const route = getRouteApi("/$org/explore/traces");

interface Chart {
  readonly axis: string;
  readonly shape: "bars" | "line";
  readonly format: (value: number) => string;
}

const CHARTS: Readonly<Record<SpansChart, Chart>> = {
  count: { axis: "count()", shape: "bars", format: formatCount },
  p95: { axis: "p95(span.duration)", shape: "line", format: formatDuration },
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
  const chart = CHARTS[chosen];
  const series = useQuery({
    ...spanSeriesQuery(org, search, chart.axis),
    placeholderData: keepPreviousData,
  });
  return (
    <div className={styles.chart}>
      <Segmented
        label={t("explore.chart")}
        options={SPANS_CHARTS.map((value) => ({ value, label: t(`explore.chart.${value}`) }))}
        value={chosen}
        onChange={(next) => change({ chart: next === "count" ? undefined : next })}
      />
      {series.data !== undefined && (
        <TimeSeries
          title={t(`explore.chart.${chosen}`)}
          points={series.data[0]?.points ?? []}
          shape={chart.shape}
          format={chart.format}
          onZoom={(from, to) =>
            change({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), t: undefined })
          }
        />
      )}
    </div>
  );
}
