import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type Box, Heatmap } from "../../charts/Heatmap.tsx";
import { axesQuery, totalsQuery } from "../../lib/api/performance.ts";
import { formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { asNumber } from "../../lib/json.ts";
import { countUpTo, durationQuery, edgesBetween } from "../../lib/latency.ts";
import { problemOf } from "../../lib/remote.ts";
import { type ScopeSearch, scopeOf } from "../../lib/urlstate.ts";
import { useMarkers } from "../../ui/markers/useMarkers.ts";
import { explain } from "../../ui/ProblemView/ProblemView.tsx";
import styles from "./ExploreScreen.module.css";

interface Props {
  readonly org: string;
  readonly search: ScopeSearch;
  readonly query: string;
}

const ROWS = 20;
const EXTENT = ["min(span.duration)", "max(span.duration)"];

/** Durations over time. A box drawn in it is compared with all that lies outside. */
export function LatencyMap({ org, search, query }: Props) {
  const navigate = useNavigate();
  const extent = useQuery(totalsQuery(org, search, query, EXTENT));
  const min = asNumber(extent.data?.["min(span.duration)"]) ?? 0;
  const max = asNumber(extent.data?.["max(span.duration)"]);
  const edges = max === null ? [] : edgesBetween(min, max, ROWS);
  const series = useQuery({
    ...axesQuery(org, search, query, edges.map(countUpTo)),
    enabled: edges.length > 0,
    placeholderData: keepPreviousData,
  });
  const markers = useMarkers(org, search);
  const error = extent.error ?? series.error;
  if (error !== null) return <p role="alert">{explain(problemOf(error))}</p>;
  if (extent.data !== undefined && max === null) return <p className={styles.hint}>{t("explore.empty")}</p>;
  if (series.data === undefined) return null;
  const upTo = edges.map((edge) => series.data.get(countUpTo(edge)) ?? []);
  const rows = edges.map((to, row) => ({
    from: edges[row - 1] ?? min,
    to,
    counts: (upTo[row] ?? []).map(([, count], at) => Math.max(0, count - (upTo[row - 1]?.[at]?.[1] ?? 0))),
  }));
  const compare = ({ from, to, least, most }: Box) =>
    void navigate({
      to: "/$org/compare",
      params: { org },
      search: {
        ...scopeOf(search),
        q: query === "" ? undefined : query,
        left: `${durationQuery(least, most)} timestamp:>=${iso(from)} timestamp:<${iso(to)}`,
      },
    });
  return (
    <Heatmap
      title={t("explore.chart.heatmap")}
      hint={t("heatmap.hint")}
      times={(upTo[0] ?? []).map(([seconds]) => seconds * 1000)}
      rows={rows}
      format={formatDuration}
      markers={markers}
      onChoose={compare}
    />
  );
}

/** To the second, as the search wants it. */
function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "");
}
