import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { TimeSeries } from "../../../charts/TimeSeries.tsx";
import { say } from "../../../lib/alerts/text.ts";
import type { IssueRuleDraft, IssueRulePreview } from "../../../lib/api/rule-types.ts";
import { issuePreviewQuery } from "../../../lib/api/rules.ts";
import { formatCount, formatMoment } from "../../../lib/format.ts";
import { problemOf } from "../../../lib/remote.ts";
import { Card } from "../../../ui/Card/Card.tsx";
import { FormProblem } from "../../../ui/FormProblem/FormProblem.tsx";
import { Skeleton } from "../../../ui/Skeleton/Skeleton.tsx";
import styles from "../Alerts.module.css";

const SHOWN_MAX = 12;

interface Props {
  readonly org: string;
  readonly project: string;
  /** As it was when the typing paused. */
  readonly draft: IssueRuleDraft;
}

/** What the rule would have done in the last week. */
export function IssuePreview({ org, project, draft }: Props) {
  const query = useQuery(issuePreviewQuery(org, project, draft));
  return (
    <Card title={say("preview")}>
      {query.error !== null && <FormProblem problem={problemOf(query.error)} />}
      {query.data === undefined ? (
        query.error === null && query.isFetching ? (
          <Skeleton lines={4} />
        ) : (
          query.error === null && <p className={styles.quiet}>{say("preview.nothing")}</p>
        )
      ) : (
        <Fired org={org} preview={query.data} />
      )}
    </Card>
  );
}

function Fired({ org, preview }: { readonly org: string; readonly preview: IssueRulePreview }) {
  const { count, issues, days, perDay, firings, notes } = preview;
  const lines = useMemo(
    () => [
      {
        name: say("preview.times"),
        color: "var(--error-fill)",
        points: perDay.map((one) => [Date.parse(one.day) / 1000, one.count] as const),
      },
    ],
    [perDay],
  );
  return (
    <div className={styles.form} aria-live="polite">
      <p className={styles.big}>{say("preview.fired", { count, days })}</p>
      {count > 0 && <p className={styles.quiet}>{say("preview.issues", { count: issues })}</p>}
      {perDay.length > 1 && (
        <TimeSeries title={say("preview.perDay")} lines={lines} shape="bars" format={formatCount} />
      )}
      {notes.map((note) => (
        <p key={note} className={styles.quiet}>
          {note}
        </p>
      ))}
      <ul className={styles.entries}>
        {firings.slice(0, SHOWN_MAX).map(({ at, issue, reason }) => (
          <li key={`${at} ${issue.id}`}>
            <time dateTime={at}>{formatMoment(Date.parse(at))}</time>
            <div>
              <Link
                to="/$org/issues/$shortId"
                params={{ org, shortId: issue.shortId }}
                search={{}}
                className={styles.link}
              >
                {issue.title}
              </Link>
              <div className={styles.quiet}>
                {issue.shortId} · {reason}
              </div>
            </div>
          </li>
        ))}
      </ul>
      {firings.length > SHOWN_MAX && (
        <p className={styles.quiet}>{say("matched.more", { count: count - SHOWN_MAX })}</p>
      )}
    </div>
  );
}
