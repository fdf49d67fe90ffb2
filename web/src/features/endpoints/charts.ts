import { formatCount, formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import type { EndpointKind } from "../../lib/urlstate.ts";
import { cellText } from "../../ui/performance/cells.ts";
import type { SpanChart } from "../../ui/performance/SpanCharts.tsx";

/** Durations that are drawn together. */
export const PERCENTILES = [
  { axis: "p50(span.duration)", name: "p50", color: "var(--c2)" },
  { axis: "p75(span.duration)", name: "p75", color: "var(--c5)" },
  { axis: "p95(span.duration)", name: "p95", color: "var(--c1)" },
  { axis: "p99(span.duration)", name: "p99", color: "var(--c4)" },
];

/** What is drawn of endpoints, of all and of one. */
export const endpointCharts = (): readonly SpanChart[] => [
  {
    title: t("endpoints.chart.count"),
    shape: "bars",
    format: formatCount,
    lines: [{ axis: "count()", name: t("column.calls") }],
  },
  {
    title: t("endpoints.chart.duration"),
    shape: "line",
    format: formatDuration,
    gaps: true,
    lines: PERCENTILES,
  },
  {
    title: t("endpoints.chart.failures"),
    shape: "line",
    format: (share) => cellText(share, "percentage"),
    lines: [{ axis: "failure_rate()", name: t("column.failed"), color: "var(--error-fill)" }],
  },
];

/** Beginnings of the operations of each kind, as the server tells them apart. */
const OPERATIONS: Readonly<Record<EndpointKind, readonly string[]>> = {
  server: ["http.server", "rpc", "grpc", "graphql", "websocket", "function"],
  client: ["pageload", "navigation", "ui.", "app.start"],
  consumer: ["queue.", "task", "message", "cron", "console.command"],
};

/** A query for the endpoints of a kind. */
export function kindFilter(kind: EndpointKind | undefined): string {
  if (kind === undefined) return "";
  return OPERATIONS[kind].map((operation) => `span.op:${operation}*`).join(" OR ");
}
