import { Bars } from "../../charts/Bars.tsx";
import type { TraceSpan } from "../../lib/api/trace-types.ts";
import { formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { useLatency } from "../../ui/performance/useLatency.ts";
import styles from "./SpanPanel.module.css";
import { useSpanFacts } from "./useSpanFacts.ts";

interface Props {
  readonly org: string;
  readonly of: TraceSpan;
  readonly traceId: string;
}

/** As many as fit one question. */
const BARS = 20;
/** Against fewer bars nothing can be compared. */
const TELLING_MIN = 2;

/** How long this span took among all that do the same. Not there where it is the only one. */
export function SpanLatency({ org, of, traceId }: Props) {
  const { isKnown, alike } = useSpanFacts(org, of, traceId);
  const latency = useLatency(org, { project: [String(of.project_id)] }, alike, BARS, isKnown);
  if (latency.state !== "ready") return null;
  const { bins, min, max, p95 } = latency;
  if (bins.filter(({ count }) => count > 0).length < TELLING_MIN) return null;
  return (
    <div className={styles.section}>
      <h3>{t("span.latency")}</h3>
      {p95 !== null && of.duration > p95 && (
        <p className={styles.odd}>{t("span.latency.slow", { p95: formatDuration(p95) })}</p>
      )}
      <Bars
        bins={bins}
        height={64}
        format={formatDuration}
        label={t("latency.summary", { min: formatDuration(min), max: formatDuration(max) })}
        marks={[{ value: of.duration, label: t("span.latency.this") }]}
      />
    </div>
  );
}
