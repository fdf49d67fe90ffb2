import { formatClock, formatDate, formatDuration, formatPercent, shortenId } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { type Trace, titleOf } from "../../lib/trace/model.ts";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { CopyButton } from "../../ui/CopyButton/CopyButton.tsx";
import { cx } from "../../ui/cx.ts";
import { Listening } from "../../ui/Listening/Listening.tsx";
import { Stat } from "../../ui/Stat/Stat.tsx";
import styles from "./TraceHeader.module.css";

interface Props {
  readonly traceId: string;
  readonly trace: Trace;
  /** By project. */
  readonly colors: ReadonlyMap<string, string>;
  /** More of it may arrive. */
  readonly isYoung: boolean;
  /** Those that the trace is narrowed to; all, if none. */
  readonly services: ReadonlySet<string>;
  readonly onService: (slug: string) => void;
}

/** What the trace is, how long it took, and which services took it. */
export function TraceHeader({ traceId, trace, colors, isYoung, services, onService }: Props) {
  const first = trace.items[0]?.of;
  const errors = trace.events.filter(({ event_type }) => event_type === "error").length;
  const findings = trace.events.length - errors;
  return (
    <header className={styles.head}>
      <div className={styles.line}>
        <h1 className={styles.title}>
          {first?.event_type === "span" && <span>{first.op}</span>}{" "}
          {first === undefined ? traceId : titleOf(first)}
        </h1>
        {errors > 0 && <Chip tone="error">{t("trace.errors", { count: errors })}</Chip>}
        {findings > 0 && <Chip tone="warn">{t("trace.findings", { count: findings })}</Chip>}
        <code className={styles.id} title={traceId}>
          {t("trace.id", { id: shortenId(traceId) })}
        </code>
        <CopyButton text={traceId} label={t("trace.copyId")} />
        {isYoung && <Listening state="on">{t("trace.young")}</Listening>}
        <span className={styles.began}>
          {formatDate(trace.began)}, {formatClock(trace.began)}
        </span>
      </div>
      <div className={styles.numbers}>
        <dl>
          <Stat name={t("trace.duration")}>{formatDuration(trace.duration)}</Stat>
          <Stat name={t("trace.spans", { count: trace.spans })}>{trace.spans.toLocaleString()}</Stat>
          <Stat name={t("trace.services", { count: trace.services.length })}>{trace.services.length}</Stat>
        </dl>
        <Services trace={trace} colors={colors} services={services} onService={onService} />
      </div>
    </header>
  );
}

/** How the time that spans themselves took is shared among the services. */
function Services({ trace, colors, services, onService }: Omit<Props, "traceId" | "isYoung">) {
  const total = trace.services.reduce((sum, { self }) => sum + self, 0);
  if (total === 0) return null;
  return (
    <figure className={styles.services}>
      <div className={styles.bar} aria-hidden="true">
        {trace.services.map(({ slug, self }) => (
          <i key={slug} style={{ flexGrow: self / total, background: colors.get(slug) }} />
        ))}
      </div>
      <figcaption className={styles.legend}>
        <span>{t("trace.selfTime")}</span>
        {trace.services.map(({ slug, self, spans }) => (
          <button
            key={slug}
            type="button"
            className={cx(styles.entry, services.size > 0 && !services.has(slug) && styles.off)}
            aria-pressed={services.has(slug)}
            title={t("trace.service.only", { count: spans, name: slug })}
            onClick={() => onService(slug)}
          >
            <i style={{ background: colors.get(slug) }} />
            {slug} <b>{formatPercent(self / total)}</b> {formatDuration(self)}
          </button>
        ))}
      </figcaption>
    </figure>
  );
}
