import { Link } from "@tanstack/react-router";
import { CircleAlert, Lightbulb, X } from "lucide-react";
import type { KeyboardEvent } from "react";
import type { TraceEvent } from "../../lib/api/trace-types.ts";
import { formatDuration, formatPercent } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { eventsOf, type Item, titleOf } from "../../lib/trace/model.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { CopyButton } from "../../ui/CopyButton/CopyButton.tsx";
import { Stat } from "../../ui/Stat/Stat.tsx";
import { StatusChip } from "../../ui/StatusChip/StatusChip.tsx";
import { SpanAttributes } from "./SpanAttributes.tsx";
import { SpanLatency } from "./SpanLatency.tsx";
import styles from "./SpanPanel.module.css";
import { SpanPlaces } from "./SpanPlaces.tsx";
import { ODD } from "./TraceNotes.tsx";
import type { TraceModel } from "./useTraceModel.ts";

interface Props {
  readonly org: string;
  readonly traceId: string;
  readonly item: Item;
  /** How long the trace waited for this span itself. */
  readonly waited: number;
  readonly colors: ReadonlyMap<string, string>;
  readonly model: TraceModel;
}

/** Keys that scroll the panel while it has the focus, not the rows. */
const SCROLLING = ["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End"];

/** Everything about the chosen span. */
export function SpanPanel({ org, traceId, item, waited, colors, model }: Props) {
  const { of } = item;
  const keepScrolling = (event: KeyboardEvent) => SCROLLING.includes(event.key) && event.stopPropagation();
  return (
    <aside className={styles.panel} aria-label={t("span")} onKeyDown={keepScrolling}>
      <div className={styles.section}>
        <div className={styles.line}>
          <i className={styles.swatch} style={{ background: colors.get(of.project_slug) }} />
          <span>{of.project_slug}</span>
          {of.event_type === "span" && <StatusChip status={of.status} />}
          <span className={styles.spacer} />
          <CopyButton text={() => window.location.href} label={t("link.copy")} />
          <Button
            size="small"
            variant="ghost"
            icon
            aria-label={t("close")}
            onClick={() => model.change({ details: undefined })}
          >
            <X size={14} />
          </Button>
        </div>
        <h2 className={styles.title}>{of.event_type === "span" ? of.op : of.level}</h2>
        <code className={styles.text}>{titleOf(of)}</code>
        {of.event_type === "span" && <Numbers item={item} total={model.trace.duration} waited={waited} />}
        {of.event_type === "span" &&
          of.odd.map((what) => (
            <p key={what} className={styles.odd}>
              {t(ODD[what], { count: 1 })}
            </p>
          ))}
      </div>
      <Events org={org} events={eventsOf(of)} />
      {of.event_type === "span" && <SpanLatency org={org} of={of} traceId={traceId} />}
      {of.event_type === "span" && <SpanPlaces org={org} of={of} traceId={traceId} trace={model.trace} />}
      {of.event_type === "span" && (
        <SpanAttributes org={org} project={of.project_slug} trace={traceId} span={of.span_id} />
      )}
    </aside>
  );
}

function Numbers({
  item,
  total,
  waited,
}: {
  readonly item: Item;
  readonly total: number;
  readonly waited: number;
}) {
  return (
    <dl className={styles.numbers}>
      <Stat name={t("span.duration")}>{formatDuration(item.duration)}</Stat>
      <Stat name={t("span.self")}>{formatDuration(item.self)}</Stat>
      <Stat name={t("span.critical")}>{total > 0 ? formatPercent(waited / total) : "—"}</Stat>
    </dl>
  );
}

function Events({ org, events }: { readonly org: string; readonly events: readonly TraceEvent[] }) {
  if (events.length === 0) return null;
  return (
    <div className={styles.section}>
      <h3>{t("span.events")}</h3>
      <ul className={styles.events}>
        {events.map((event) => (
          <li key={event.event_id}>
            <Link
              to="/$org/issues/$shortId"
              params={{ org, shortId: event.short_id ?? String(event.issue_id) }}
              search={{ event: event.event_id }}
              className={styles.event}
            >
              {event.event_type === "error" ? (
                <CircleAlert size={14} className={styles.error} role="img" aria-label={t("trace.failed")} />
              ) : (
                <Lightbulb size={14} className={styles.finding} role="img" aria-label={t("trace.finding")} />
              )}
              <span>
                <b>{event.title}</b>
                <small>
                  {[event.short_id, event.culprit].filter((one) => one !== null && one !== "").join(" · ")}
                </small>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
