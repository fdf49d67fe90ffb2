import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import type { EventDetail } from "../../../lib/api/event-types.ts";
import { eventQuery } from "../../../lib/api/events.ts";
import { issueQuery } from "../../../lib/api/issues.ts";
import type { IssueDetail } from "../../../lib/api/types.ts";
import { copyText } from "../../../lib/clipboard.ts";
import { findingOf } from "../../../lib/finding.ts";
import { t } from "../../../lib/i18n.ts";
import { useShortcuts } from "../../../lib/keys.ts";
import { remote } from "../../../lib/remote.ts";
import { summaryText, traceText } from "../../../lib/stack-text.ts";
import { cx } from "../../../ui/cx.ts";
import { ProblemView } from "../../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../../ui/Skeleton/Skeleton.tsx";
import { AttachmentsCard } from "./cards/AttachmentsCard.tsx";
import { BreadcrumbsCard } from "./cards/BreadcrumbsCard.tsx";
import { ContextsCard } from "./cards/ContextsCard.tsx";
import { DistributionCard } from "./cards/DistributionCard.tsx";
import { ExtraCard } from "./cards/ExtraCard.tsx";
import { FactsCard } from "./cards/FactsCard.tsx";
import { FindingCard } from "./cards/FindingCard.tsx";
import { FlagsCard } from "./cards/FlagsCard.tsx";
import { GroupingCard } from "./cards/GroupingCard.tsx";
import { MessageCard } from "./cards/MessageCard.tsx";
import { PackagesCard } from "./cards/PackagesCard.tsx";
import { ProcessingCard } from "./cards/ProcessingCard.tsx";
import { ReportCard } from "./cards/ReportCard.tsx";
import { RequestCard } from "./cards/RequestCard.tsx";
import { SecurityCard } from "./cards/SecurityCard.tsx";
import { SuspectCard } from "./cards/SuspectCard.tsx";
import { SuspectFlagsCard } from "./cards/SuspectFlagsCard.tsx";
import { TagsCard } from "./cards/TagsCard.tsx";
import { UserCard } from "./cards/UserCard.tsx";
import styles from "./EventTab.module.css";
import type { Origin } from "./stack/origin.ts";
import { StackCard } from "./stack/StackCard.tsx";
import { ThreadsCard } from "./stack/ThreadsCard.tsx";

const route = getRouteApi("/$org/issues/$shortId");

/** One event of the issue, all on one page. */
export function EventTab() {
  const { org, shortId } = route.useParams();
  const search = route.useSearch();
  const issue = useQuery(issueQuery(org, shortId)).data;
  const event = remote(
    useQuery({
      ...eventQuery(org, shortId, search.event ?? "recommended", search.env),
      placeholderData: keepPreviousData,
    }),
  );
  if (event.state === "failed") return <ProblemView problem={event.problem} onRetry={event.retry} />;
  if (event.state === "loading" || issue === undefined) return <Skeleton lines={8} />;
  return (
    <EventPage org={org} issue={issue} event={event.value} stale={event.state === "ready" && event.stale} />
  );
}

interface Props {
  readonly org: string;
  readonly issue: IssueDetail;
  readonly event: EventDetail;
  readonly stale: boolean;
}

function EventPage({ org, issue, event, stale }: Props) {
  const project = issue.project.slug;
  const origin = useMemo(
    (): Origin => ({ org, project, release: event.release?.version, errors: event.errors }),
    [org, project, event],
  );
  useShortcuts([
    { keys: "c", label: "keys.copyTrace", run: () => void copyText(traceText(event), t("stack.copied")) },
    {
      keys: "y",
      label: "keys.copySummary",
      run: () => void copyText(summaryText(issue, event, window.location.href), t("summary.copied")),
    },
  ]);
  // Cards keep what is opened in them; another event starts with all of it closed.
  return (
    <div className={cx(styles.columns, stale && styles.stale)} key={event.id}>
      <div className={styles.main}>
        <ProcessingCard event={event} />
        <ReportCard event={event} />
        <FindingCard org={org} event={event} />
        {/* The text of a finding is its subject, which its own card shows. */}
        {findingOf(event) === null && <MessageCard event={event} />}
        <StackCard event={event} origin={origin} />
        <ThreadsCard event={event} origin={origin} />
        <SecurityCard event={event} />
        <BreadcrumbsCard event={event} />
        <RequestCard event={event} />
        <UserCard event={event} />
        <ContextsCard event={event} />
        <ExtraCard event={event} />
        <PackagesCard event={event} />
        <GroupingCard org={org} project={project} issue={issue.id} event={event} />
      </div>
      <aside className={styles.side} aria-label={t("side")}>
        <SuspectCard org={org} issue={issue.id} event={event} />
        <SuspectFlagsCard org={org} issue={issue.id} />
        <FactsCard org={org} issue={issue} event={event} />
        <DistributionCard org={org} issue={issue} />
        <TagsCard event={event} org={org} />
        <FlagsCard event={event} />
        <AttachmentsCard org={org} project={project} event={event} />
      </aside>
    </div>
  );
}
