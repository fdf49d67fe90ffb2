import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowUpRight, X } from "lucide-react";
import { eventQuery } from "../../../lib/api/events.ts";
import { issueTagsQuery } from "../../../lib/api/issues.ts";
import type { Session } from "../../../lib/api/session.ts";
import type { Issue } from "../../../lib/api/types.ts";
import { formatCompact, formatCount } from "../../../lib/format.ts";
import { crashingFrame, placeOf } from "../../../lib/frames.ts";
import { t } from "../../../lib/i18n.ts";
import { headline } from "../../../lib/issue-text.ts";
import { colorOf } from "../../../lib/project-color.ts";
import { remote } from "../../../lib/remote.ts";
import { Button, buttonClass } from "../../../ui/Button/Button.tsx";
import { CodeFrame } from "../../../ui/CodeFrame/CodeFrame.tsx";
import { cx } from "../../../ui/cx.ts";
import { LevelIcon } from "../../../ui/LevelIcon/LevelIcon.tsx";
import { explain } from "../../../ui/ProblemView/ProblemView.tsx";
import { ProjectTag } from "../../../ui/ProjectTag/ProjectTag.tsx";
import { RelativeTime } from "../../../ui/RelativeTime/RelativeTime.tsx";
import { Skeleton } from "../../../ui/Skeleton/Skeleton.tsx";
import { Stat } from "../../../ui/Stat/Stat.tsx";
import { TagBar } from "../../../ui/TagBar/TagBar.tsx";
import { ArchiveMenu } from "../actions/ArchiveMenu.tsx";
import { AssignMenu } from "../actions/AssignMenu.tsx";
import { ResolveButton } from "../actions/ResolveButton.tsx";
import type { IssueActions } from "../actions/useIssueActions.ts";
import styles from "./Peek.module.css";

interface Props {
  readonly org: string;
  readonly issue: Issue;
  readonly session: Session;
  readonly actions: IssueActions;
  readonly onClose: () => void;
}

const TAGS_SHOWN = 6;
const LINES_AROUND = 3;

/** Enough of an issue to decide without leaving the list. */
export function Peek({ org, issue, session, actions, onClose }: Props) {
  const { name, text } = headline(issue);
  const issues = [issue];
  return (
    <aside className={styles.peek} aria-label={t("peek", { id: issue.shortId })}>
      <div className={styles.section}>
        <div className={styles.top}>
          <LevelIcon level={issue.level} />
          <span>{issue.shortId}</span>
          <ProjectTag slug={issue.project.slug} color={colorOf(session.projects, issue.project.id)} />
          <Link
            to="/$org/issues/$shortId"
            params={{ org, shortId: issue.shortId }}
            search={(before) => ({ env: before.env, t: before.t, from: before.from, to: before.to })}
            className={buttonClass({ size: "small" })}
          >
            {t("open")}
            <ArrowUpRight size={12} />
          </Link>
          <Button size="small" variant="ghost" icon aria-label={t("close")} onClick={onClose}>
            <X size={14} />
          </Button>
        </div>
        <h2 className={styles.title}>{name}</h2>
        <div className={styles.text}>{text === "" ? issue.culprit : text}</div>
        <div className={styles.buttons}>
          <ResolveButton issues={issues} actions={actions} />
          <ArchiveMenu issues={issues} actions={actions} />
          <AssignMenu org={org} userId={session.user.id} issues={issues} actions={actions} />
        </div>
      </div>
      <dl className={cx(styles.section, styles.stats)}>
        <Stat name={t("events.word", { count: Number(issue.count) })}>{formatCount(issue.count)}</Stat>
        <Stat name={t("users.word", { count: issue.userCount })}>{formatCompact(issue.userCount)}</Stat>
        <Stat name={t("peek.first")}>
          <RelativeTime time={issue.firstSeen} />
        </Stat>
        <Stat name={t("peek.last")}>
          <RelativeTime time={issue.lastSeen} />
        </Stat>
      </dl>
      <PeekFrame org={org} issue={issue} />
      <PeekTags org={org} issue={issue} />
    </aside>
  );
}

function PeekFrame({ org, issue }: { readonly org: string; readonly issue: Issue }) {
  const event = remote(useQuery(eventQuery(org, issue.id, "recommended")));
  if (event.state === "loading") return <Skeleton lines={6} />;
  if (event.state === "failed") return <div className={styles.section}>{explain(event.problem)}</div>;
  const frame = crashingFrame(event.value);
  if (frame === null) return null;
  const near = (frame.context ?? []).filter(
    ([line]) => Math.abs(line - (frame.lineNo ?? line)) <= LINES_AROUND,
  );
  return (
    <div className={cx(styles.section, styles.flush)}>
      <h3>
        {t("peek.frame")}
        <code>
          <bdi>
            {placeOf(frame)}
            {frame.lineNo !== null && `:${frame.lineNo}`}
          </bdi>
        </code>
      </h3>
      {near.length > 0 && (
        <CodeFrame lines={near} hit={frame.lineNo} filename={frame.filename} platform={issue.platform} />
      )}
    </div>
  );
}

function PeekTags({ org, issue }: { readonly org: string; readonly issue: Issue }) {
  const tags = remote(useQuery(issueTagsQuery(org, issue.id)), (list) => list.length === 0);
  if (tags.state === "loading") return <Skeleton lines={4} />;
  if (tags.state !== "ready") return null;
  return (
    <div className={styles.section}>
      <h3>{t("tags.where")}</h3>
      <div className={styles.tags}>
        {tags.value.slice(0, TAGS_SHOWN).map((tag) => (
          <TagBar key={tag.key} tag={tag} />
        ))}
      </div>
    </div>
  );
}
