import { useQuery } from "@tanstack/react-query";
import { say } from "../../../lib/alerts/text.ts";
import type { MetricPreview, MetricPreviewSeries, MetricRuleDraft } from "../../../lib/api/rule-types.ts";
import { metricPreviewQuery } from "../../../lib/api/rules.ts";
import { formatMoment } from "../../../lib/format.ts";
import { problemOf } from "../../../lib/remote.ts";
import { Card } from "../../../ui/Card/Card.tsx";
import { FormProblem } from "../../../ui/FormProblem/FormProblem.tsx";
import { Skeleton } from "../../../ui/Skeleton/Skeleton.tsx";
import styles from "../Alerts.module.css";
import { SeverityChip } from "../SeverityChip.tsx";
import { groupName, ValueChart } from "./ValueChart.tsx";

const SERIES_MAX = 5;
const FIRED_MAX = 10;

interface Props {
  readonly org: string;
  /** As it was when the typing paused. */
  readonly draft: MetricRuleDraft;
}

/** What the rule would have done on past numbers. */
export function MetricPreviewCard({ org, draft }: Props) {
  const query = useQuery(metricPreviewQuery(org, draft));
  return (
    <Card title={say("preview")}>
      {query.error !== null && <FormProblem problem={problemOf(query.error)} />}
      {query.data === undefined
        ? query.error === null && <Skeleton lines={4} />
        : query.error === null && <Fired preview={query.data} draft={draft} />}
    </Card>
  );
}

function Fired({ preview, draft }: { readonly preview: MetricPreview; readonly draft: MetricRuleDraft }) {
  const { series, firedCount, start, end, isCut, problem } = preview;
  const busiest = series.toSorted((a, b) => b.fired.length - a.fired.length).slice(0, SERIES_MAX);
  const days = Math.max(1, Math.round((Date.parse(end) - Date.parse(start)) / 86_400_000));
  const fired = series
    .flatMap((one) => one.fired.map((each) => ({ ...each, group: groupName(one.group) })))
    .toSorted((a, b) => b.start.localeCompare(a.start));
  return (
    <div className={styles.form} aria-live="polite">
      {problem !== null && <p className={styles.note}>{problem}</p>}
      <p className={styles.big}>{say("preview.fired", { count: firedCount, days })}</p>
      {busiest.map((one) => (
        <Series key={groupName(one.group)} series={one} draft={draft} />
      ))}
      {isCut && <p className={styles.quiet}>{say("preview.cut")}</p>}
      <ul className={styles.entries}>
        {fired.slice(0, FIRED_MAX).map(({ start: began, end: ended, severity, group }) => (
          <li key={`${began} ${group} ${severity}`}>
            <time dateTime={began}>{formatMoment(Date.parse(began))}</time>
            <div className={styles.sentence}>
              <SeverityChip severity={severity} />
              <span>{group}</span>
              <span className={styles.quiet}>
                {ended === null
                  ? say("preview.stillFiring")
                  : say("preview.until", { time: formatMoment(Date.parse(ended)) })}
              </span>
            </div>
          </li>
        ))}
      </ul>
      {fired.length > FIRED_MAX && (
        <p className={styles.quiet}>{say("matched.more", { count: fired.length - FIRED_MAX })}</p>
      )}
    </div>
  );
}

function Series({
  series,
  draft,
}: {
  readonly series: MetricPreviewSeries;
  readonly draft: MetricRuleDraft;
}) {
  const { points, fired } = series;
  const from = points[0]?.[0] ?? 0;
  const to = points.at(-1)?.[0] ?? 0;
  const share = (time: string) => Math.min(1, Math.max(0, (Date.parse(time) / 1000 - from) / (to - from)));
  return (
    <div>
      <ValueChart title={groupName(series.group)} points={points} draft={draft} />
      {to > from && (
        <div className={styles.fired} aria-hidden="true">
          {fired.map(({ start, end, severity }) => (
            <i
              key={`${start} ${severity}`}
              data-severity={severity}
              style={{
                left: `${share(start) * 100}%`,
                width: `${((end === null ? 1 : share(end)) - share(start)) * 100}%`,
              }}
            />
          ))}
        </div>
      )}
    </div>
  );
}
