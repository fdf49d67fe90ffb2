import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { Sparkline } from "../../../charts/Sparkline.tsx";
import type { Issue } from "../../../lib/api/types.ts";
import { formatCompact, formatCount } from "../../../lib/format.ts";
import { t } from "../../../lib/i18n.ts";
import { flagOf, headline, trendOf } from "../../../lib/issue-text.ts";
import { Avatar } from "../../../ui/Avatar/Avatar.tsx";
import { Checkbox } from "../../../ui/Checkbox/Checkbox.tsx";
import { Chip } from "../../../ui/Chip/Chip.tsx";
import { cx } from "../../../ui/cx.ts";
import { LevelIcon } from "../../../ui/LevelIcon/LevelIcon.tsx";
import { ProjectTag } from "../../../ui/ProjectTag/ProjectTag.tsx";
import { RelativeTime } from "../../../ui/RelativeTime/RelativeTime.tsx";
import styles from "./IssueRow.module.css";

interface Props {
  readonly org: string;
  readonly issue: Issue;
  readonly index: number;
  /** Distance from the top of the list, in pixels. */
  readonly top: number;
  readonly color: number;
  readonly selected: boolean;
  readonly cursor: boolean;
  readonly peeked: boolean;
  readonly onSelect: (id: string, on: boolean) => void;
  readonly onPeek: (issue: Issue) => void;
}

const COMPACT_FROM = 100_000;

/** Drawn again only when its own issue changes: a list of a thousand scrolls without work. */
export const IssueRow = memo(function IssueRow(props: Props) {
  const { org, issue, index, top, color, selected, cursor, peeked, onSelect, onPeek } = props;
  const { name, text } = headline(issue);
  const flag = flagOf(issue);
  const count = Number(issue.count);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keyboard
    <div
      id={`issue-${issue.id}`}
      role="row"
      tabIndex={-1}
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={cx(styles.row, cursor && styles.cursor, peeked && styles.peeked)}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onPeek(issue)}
    >
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: only keeps a click on the box from being one on the row */}
      <span
        role="gridcell"
        tabIndex={-1}
        className={styles.cell}
        onClick={(event) => event.stopPropagation()}
      >
        <Checkbox
          bare
          label={t("select.issue", { id: issue.shortId })}
          checked={selected}
          onChange={(on) => onSelect(issue.id, on)}
        />
      </span>
      <span role="gridcell" tabIndex={-1} className={styles.cell}>
        <LevelIcon level={issue.level} />
      </span>
      <div role="gridcell" tabIndex={-1} className={styles.issue}>
        <Link
          to="/$org/issues/$shortId"
          params={{ org, shortId: issue.shortId }}
          search={(before) => ({
            project: undefined,
            env: before.env,
            t: before.t,
            from: before.from,
            to: before.to,
          })}
          className={cx(styles.title, !issue.hasSeen && styles.unseen)}
          onClick={(event) => event.stopPropagation()}
        >
          <b>{name}</b> <span>{text}</span>
        </Link>
        <div className={styles.meta}>
          {flag !== null && <Chip tone={flag.tone}>{flag.text}</Chip>}
          <ProjectTag slug={issue.project.slug} color={color} />
          <span>{issue.shortId}</span>
          {issue.culprit !== null && issue.culprit !== "" && (
            <span className={styles.culprit}>{issue.culprit}</span>
          )}
        </div>
      </div>
      <span role="gridcell" tabIndex={-1} className={styles.trend}>
        <Sparkline values={trendOf(issue)} hot={issue.substatus === "escalating"} />
      </span>
      <span
        role="gridcell"
        tabIndex={-1}
        className={cx(styles.number, styles.events)}
        title={formatCount(issue.count)}
      >
        {count >= COMPACT_FROM ? formatCompact(count) : formatCount(issue.count)}
      </span>
      <span role="gridcell" tabIndex={-1} className={cx(styles.number, styles.users)}>
        {issue.userCount === 0 ? "—" : formatCompact(issue.userCount)}
      </span>
      <span role="gridcell" tabIndex={-1} className={cx(styles.number, styles.seen)}>
        <RelativeTime time={issue.lastSeen} />
      </span>
      <span role="gridcell" tabIndex={-1} className={cx(styles.cell, styles.owner)}>
        <Avatar of={issue.assignedTo} />
      </span>
    </div>
  );
});
