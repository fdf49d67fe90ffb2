import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { issuesQuery } from "../../lib/api/issues.ts";
import { formatCount } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { headline } from "../../lib/issue-text.ts";
import { problemOf } from "../../lib/remote.ts";
import { type ScopeSearch, scopeOf } from "../../lib/urlstate.ts";
import { Card } from "../Card/Card.tsx";
import { LevelIcon } from "../LevelIcon/LevelIcon.tsx";
import { explain } from "../ProblemView/ProblemView.tsx";
import { Skeleton } from "../Skeleton/Skeleton.tsx";
import performance from "./Performance.module.css";
import styles from "./RelatedIssuesCard.module.css";

interface Props {
  readonly org: string;
  readonly search: ScopeSearch;
  /** A search for issues; empty when there is nothing to search by. */
  readonly query: string;
  readonly title?: string;
  /** What to say when there are none. */
  readonly none?: string;
}

const ISSUES_MAX = 8;

/** Issues about the same, the most frequent first. */
export function RelatedIssuesCard(props: Props) {
  const { org, search, query, title = t("nav.issues"), none = t("related.none") } = props;
  const asked = { ...scopeOf(search), q: query, sort: "freq" as const };
  const answer = useInfiniteQuery({ ...issuesQuery(org, asked), enabled: query !== "" });
  const issues = answer.data?.pages[0]?.items ?? [];
  return (
    <Card
      flush
      title={title}
      actions={
        issues.length > ISSUES_MAX && (
          <Link to="/$org/issues" params={{ org }} search={asked} className={performance.link}>
            {t("related.all")}
          </Link>
        )
      }
    >
      {query !== "" && answer.data === undefined && answer.error === null && <Skeleton lines={3} />}
      {answer.error !== null && (
        <p role="alert" className={styles.none}>
          {explain(problemOf(answer.error))}
        </p>
      )}
      {(query === "" || answer.data !== undefined) && issues.length === 0 && (
        <p className={performance.none}>{none}</p>
      )}
      <ul className={styles.list}>
        {issues.slice(0, ISSUES_MAX).map((issue) => {
          const { name, text } = headline(issue);
          return (
            <li key={issue.id}>
              <Link
                to="/$org/issues/$shortId"
                params={{ org, shortId: issue.shortId }}
                className={styles.issue}
              >
                <LevelIcon level={issue.level} />
                <span className={styles.text}>
                  <b>{name}</b> {text}
                  <small>
                    {issue.shortId} · {issue.culprit}
                  </small>
                </span>
                <span className={styles.count}>{formatCount(issue.count)}</span>
              </Link>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
