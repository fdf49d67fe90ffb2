import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Bell, BellOff, Link2 } from "lucide-react";
import { Histogram } from "../../../charts/Histogram.tsx";
import { issueHistogramQuery } from "../../../lib/api/issues.ts";
import { useSession } from "../../../lib/api/session.ts";
import type { Actor, IssueDetail } from "../../../lib/api/types.ts";
import { copyText } from "../../../lib/clipboard.ts";
import { formatCount } from "../../../lib/format.ts";
import { t } from "../../../lib/i18n.ts";
import { flagOf, headline } from "../../../lib/issue-text.ts";
import { useShortcuts } from "../../../lib/keys.ts";
import { colorOf } from "../../../lib/project-color.ts";
import { rangeMs, type TimeRange } from "../../../lib/time.ts";
import { rangeOf } from "../../../lib/urlstate.ts";
import { Button } from "../../../ui/Button/Button.tsx";
import { Chip } from "../../../ui/Chip/Chip.tsx";
import { LevelIcon } from "../../../ui/LevelIcon/LevelIcon.tsx";
import { useMarkers } from "../../../ui/markers/useMarkers.ts";
import { ProjectTag } from "../../../ui/ProjectTag/ProjectTag.tsx";
import { Stat } from "../../../ui/Stat/Stat.tsx";
import { ArchiveMenu } from "../actions/ArchiveMenu.tsx";
import { AssignMenu } from "../actions/AssignMenu.tsx";
import { ARCHIVE_UNTIL_ESCALATING, RESOLVE_NOW } from "../actions/choices.ts";
import { MoreMenu } from "../actions/MoreMenu.tsx";
import { ResolveButton } from "../actions/ResolveButton.tsx";
import { type IssueActions, useIssueActions } from "../actions/useIssueActions.ts";
import styles from "./IssueHeader.module.css";

const route = getRouteApi("/$org/issues/$shortId");

interface Props {
  readonly org: string;
  readonly issue: IssueDetail;
}

export function IssueHeader({ org, issue }: Props) {
  const session = useSession(org);
  const actions = useIssueActions(org);
  const issues = [issue];
  const flag = flagOf(issue);
  const { name, text } = headline(issue);
  const range = rangeOf(route.useSearch());
  useIssueKeys(org, issue, actions);
  return (
    <>
      <div className={styles.line}>
        <LevelIcon level={issue.level} />
        {flag !== null && <Chip tone={flag.tone}>{flag.text}</Chip>}
        <ProjectTag slug={issue.project.slug} color={colorOf(session.projects, issue.project.id)} />
        <span>{issue.shortId}</span>
        <Chip>{t(`priority.${issue.priority}`)}</Chip>
        {issue.culprit !== "" && <Chip>{issue.culprit}</Chip>}
        <div className={styles.actions}>
          <Button
            size="small"
            variant="ghost"
            onClick={() => void copyText(shareLink(range), t("link.copied"))}
          >
            <Link2 size={13} />
            {t("link.copy")}
          </Button>
          <Button
            size="small"
            variant="ghost"
            aria-pressed={issue.isSubscribed}
            onClick={() => actions.subscribe(issues, !issue.isSubscribed)}
          >
            {issue.isSubscribed ? <Bell size={13} /> : <BellOff size={13} />}
            {t(issue.isSubscribed ? "subscribed" : "subscribe")}
          </Button>
          <ArchiveMenu issues={issues} actions={actions} />
          <AssignMenu org={org} userId={session.user.id} issues={issues} actions={actions} />
          <MoreMenu org={org} issue={issue} actions={actions} />
          <ResolveButton issues={issues} actions={actions} />
        </div>
      </div>
      <h1 className={styles.title}>{name}</h1>
      {text !== "" && <div className={styles.text}>{text}</div>}
      <IssueNumbers org={org} issue={issue} />
    </>
  );
}

/** The same keys as in the list. */
function useIssueKeys(org: string, issue: IssueDetail, actions: IssueActions): void {
  const { user } = useSession(org);
  const navigate = route.useNavigate();
  const me: Actor = { type: "user", id: user.id, name: user.name };
  const back = () =>
    void navigate({
      to: "/$org/issues",
      search: ({ env, t: period, from, to }) => ({ env, t: period, from, to, sel: issue.shortId }),
    });
  useShortcuts([
    { keys: "e", label: "keys.resolve", run: () => actions.resolve([issue], RESOLVE_NOW) },
    { keys: "#", label: "keys.archive", run: () => actions.archive([issue], ARCHIVE_UNTIL_ESCALATING) },
    { keys: "a", label: "keys.assignMe", run: () => actions.assign([issue], me) },
    { keys: "escape", label: "keys.back", run: back },
  ]);
}

/** The address with the time range made absolute, so that others see what we see. */
function shareLink(range: TimeRange): string {
  const url = new URL(window.location.href);
  if (range.kind === "between") return url.href;
  const now = Date.now();
  url.searchParams.delete("t");
  url.searchParams.set("from", new Date(now - rangeMs(range)).toISOString());
  url.searchParams.set("to", new Date(now).toISOString());
  return url.href;
}

function IssueNumbers({ org, issue }: Props) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const markers = useMarkers(org, { ...search, project: [issue.project.id] });
  const histogram = useQuery(issueHistogramQuery(org, issue.id, search)).data;
  const onZoom = (from: number, to: number) =>
    void navigate({
      to: ".",
      search: (before) => ({
        ...before,
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
        t: undefined,
      }),
    });
  return (
    <div className={styles.numbers}>
      <dl>
        <Stat large name={t("events.word", { count: Number(issue.count) })}>
          {formatCount(issue.count)}
        </Stat>
        <Stat large name={t("users.word", { count: issue.userCount })}>
          {formatCount(issue.userCount)}
        </Stat>
      </dl>
      <span />
      {histogram !== undefined && (
        <Histogram series={histogram} height={44} bare markers={markers} onZoom={onZoom} />
      )}
    </div>
  );
}
