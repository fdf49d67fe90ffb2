import { formatCount, formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { cellText } from "../../ui/performance/cells.ts";
import type { SpanChart } from "../../ui/performance/SpanCharts.tsx";

/** What is drawn of queries over time, of many as of one. */
export function queryCharts(): readonly SpanChart[] {
  return [
    {
      title: t("queries.chart.count"),
      shape: "bars",
      format: formatCount,
      lines: [{ axis: "count()", name: t("column.calls") }],
    },
    {
      title: t("queries.chart.duration"),
      shape: "line",
      format: formatDuration,
      gaps: true,
      lines: [
        { axis: "avg(span.self_time)", name: t("column.average"), color: "var(--c2)" },
        { axis: "p95(span.self_time)", name: "p95", color: "var(--c1)" },
      ],
    },
    {
      title: t("queries.chart.failures"),
      shape: "line",
      format: (share) => cellText(share, "percentage"),
      lines: [{ axis: "failure_rate()", name: t("column.failed"), color: "var(--error-fill)" }],
    },
  ];
}
