import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Bars } from "../../charts/Bars.tsx";
import { totalsQuery } from "../../lib/api/performance.ts";
import { formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { asNumber } from "../../lib/json.ts";
import { binsOf, countUpTo, durationQuery, edgesBetween } from "../../lib/latency.ts";
import { problemOf } from "../../lib/remote.ts";
import { type ScopeSearch, scopeOf } from "../../lib/urlstate.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { explain } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import styles from "./Performance.module.css";

interface Props {
  readonly org: string;
  readonly search: ScopeSearch;
  readonly query: string;
}

const BINS = 40;
const EXTENT = ["min(span.duration)", "max(span.duration)", "p50()", "p95()"];

/** How durations are distributed; those chosen by dragging are compared with the others. */
export function LatencyCard({ org, search, query }: Props) {
  const navigate = useNavigate();
  const extent = useQuery(totalsQuery(org, search, query, EXTENT));
  const min = asNumber(extent.data?.["min(span.duration)"]);
  const max = asNumber(extent.data?.["max(span.duration)"]);
  const edges = min === null || max === null ? [] : edgesBetween(min, max, BINS);
  const counts = useQuery({
    ...totalsQuery(org, search, query, edges.map(countUpTo)),
    enabled: edges.length > 0,
  });
  const error = extent.error ?? counts.error;
  const compare = (from: number, to: number) => {
    const left = durationQuery(from, to);
    void navigate({ to: "/$org/compare", params: { org }, search: { ...scopeOf(search), q: query, left } });
  };
  const marks = ["p50", "p95"].flatMap((label) => {
    const value = asNumber(extent.data?.[`${label}()`]);
    return value === null ? [] : [{ value, label: `${label} ${formatDuration(value)}` }];
  });
  return (
    <Card title={t("latency")} actions={<span>{t("latency.hint")}</span>}>
      {error !== null ? (
        <p role="alert" className={styles.bad}>
          {explain(problemOf(error))}
        </p>
      ) : extent.data !== undefined && max === null ? (
        <p className={styles.dim}>{t("explore.empty")}</p>
      ) : counts.data === undefined ? (
        <Skeleton lines={4} />
      ) : (
        <Bars
          bins={binsOf(min ?? 0, edges, counts.data)}
          format={formatDuration}
          label={t("latency.summary", { min: formatDuration(min ?? 0), max: formatDuration(max ?? 0) })}
          marks={marks}
          onChoose={compare}
        />
      )}
    </Card>
  );
}
