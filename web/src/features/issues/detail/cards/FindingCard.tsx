import { Link } from "@tanstack/react-router";
import type { EventDetail } from "../../../../lib/api/event-types.ts";
import { type Finding, findingOf, type TracePlace, tracePlace } from "../../../../lib/finding.ts";
import { formatDuration } from "../../../../lib/format.ts";
import { t } from "../../../../lib/i18n.ts";
import { buttonClass } from "../../../../ui/Button/Button.tsx";
import { Card } from "../../../../ui/Card/Card.tsx";
import styles from "./Cards.module.css";

interface Props {
  readonly org: string;
  readonly event: EventDetail;
}

/** What was found in the spans of a transaction: such an issue has no stack trace, but evidence. */
export function FindingCard({ org, event }: Props) {
  const finding = findingOf(event);
  if (finding === null) return null;
  const place = tracePlace(event);
  return (
    <Card
      title={t("finding.title", { title: finding.title })}
      actions={place !== null && <ToTrace org={org} place={place} finding={finding} />}
    >
      {finding.subject !== "" && <pre className={styles.message}>{finding.subject}</pre>}
      <dl className={styles.evidence}>
        {finding.evidence.map(([label, text]) => (
          <div key={label} className={styles.fact}>
            <dt>{label}</dt>
            <dd>{text}</dd>
          </div>
        ))}
        {finding.savedMs !== null && (
          <div className={styles.fact}>
            <dt>{t("finding.saved")}</dt>
            <dd>{formatDuration(finding.savedMs)}</dd>
          </div>
        )}
        {finding.offenders.length > 0 && (
          <div className={styles.fact}>
            <dt>{t("finding.offenders")}</dt>
            <dd>{finding.offenders.length}</dd>
          </div>
        )}
      </dl>
    </Card>
  );
}

interface ToTraceProps {
  readonly org: string;
  readonly place: TracePlace;
  readonly finding: Finding;
}

function ToTrace({ org, place, finding }: ToTraceProps) {
  const { offenders } = finding;
  return (
    <Link
      to="/$org/traces/$traceId"
      params={{ org, traceId: place.trace }}
      search={{
        span: offenders[0] ?? place.span ?? undefined,
        details: "1",
        mark: offenders.length === 0 ? undefined : offenders.join(","),
      }}
      preload={false}
      className={buttonClass({ size: "small" })}
    >
      {t("finding.trace")}
    </Link>
  );
}
