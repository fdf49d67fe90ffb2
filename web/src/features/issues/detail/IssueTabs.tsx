import { Link, useMatchRoute } from "@tanstack/react-router";
import type { IssueDetail } from "../../../lib/api/types.ts";
import { formatCompact } from "../../../lib/format.ts";
import { t } from "../../../lib/i18n.ts";
import type { IssueSearch } from "../../../lib/urlstate.ts";
import { EventNav } from "./EventNav.tsx";
import styles from "./IssueTabs.module.css";

interface Props {
  readonly org: string;
  readonly issue: IssueDetail;
}

export function IssueTabs({ org, issue }: Props) {
  const params = { org, shortId: issue.shortId };
  const isEvent = useMatchRoute()({ to: "/$org/issues/$shortId", params }) !== false;
  const tab = { params, className: styles.tab, activeOptions: { exact: true, includeSearch: false } };
  const keep = (before: IssueSearch): IssueSearch => ({ ...before, key: undefined, q: undefined });
  return (
    <div className={styles.tabs}>
      <Link {...tab} to="/$org/issues/$shortId" search={keep}>
        {t("tab.event")}
      </Link>
      <Link {...tab} to="/$org/issues/$shortId/events" search={keep}>
        {t("tab.events")}
        <span className={styles.count}>{formatCompact(Number(issue.count))}</span>
      </Link>
      <Link {...tab} to="/$org/issues/$shortId/tags" search={keep}>
        {t("tab.tags")}
      </Link>
      <Link {...tab} to="/$org/issues/$shortId/activity" search={keep}>
        {t("tab.activity")}
        {issue.numComments > 0 && <span className={styles.count}>{issue.numComments}</span>}
      </Link>
      {isEvent && <EventNav org={org} issue={issue} />}
    </div>
  );
}
