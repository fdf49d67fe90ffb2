import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import type { ProjectSummary } from "../../../lib/api/types.ts";
import { t } from "../../../lib/i18n.ts";
import { usePreferences } from "../../../lib/preferences.ts";
import { colorOf } from "../../../lib/project-color.ts";
import type { IssueSort } from "../../../lib/urlstate.ts";
import { Checkbox } from "../../../ui/Checkbox/Checkbox.tsx";
import { cx } from "../../../ui/cx.ts";
import styles from "./IssueGrid.module.css";
import { IssueRow } from "./IssueRow.tsx";
import type { IssueList } from "./useIssueList.ts";
import type { Triage } from "./useTriage.ts";

interface Props {
  readonly org: string;
  readonly list: Extract<IssueList, { state: "ready" }>;
  readonly projects: readonly ProjectSummary[];
  readonly triage: Triage;
  readonly peeked: string | undefined;
  readonly sort: IssueSort;
  readonly onSort: (sort: IssueSort) => void;
}

const ROW_PX = { comfortable: 54, compact: 34 };
const HEAD_PX = 32;
/** Rows from the end at which the next page is asked for. */
const AHEAD = 15;

export function IssueGrid({ org, list, projects, triage, peeked, sort, onSort }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const { density } = usePreferences();
  const { issues, hits, more } = list;
  const rows = useVirtualizer({
    count: issues.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX[density],
    getItemKey: (index) => issues[index]?.id ?? index,
    scrollPaddingStart: HEAD_PX,
    overscan: 8,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows have another height now
  useEffect(() => rows.measure(), [density]);

  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more !== null && last >= issues.length - AHEAD) more();
  }, [more, last, issues.length]);

  const { cursor } = triage;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a moved cursor scrolls, never new data
  useEffect(() => {
    if (cursor !== null && triage.moved) rows.scrollToIndex(cursor, { align: "auto" });
  }, [cursor]);

  const all = issues.length > 0 && issues.every((issue) => triage.selected.has(issue.id));
  const some = triage.selected.size > 0;
  const current = cursor === null ? undefined : issues[cursor];
  return (
    <div
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label={t("nav.issues")}
      aria-rowcount={(hits ?? issues.length) + 1}
      aria-multiselectable="true"
      aria-activedescendant={current === undefined ? undefined : `issue-${current.id}`}
      className={cx(styles.grid, list.stale && styles.stale)}
    >
      <div role="row" aria-rowindex={1} className={styles.head}>
        <span role="columnheader" tabIndex={-1}>
          <Checkbox
            bare
            label={t("select.all")}
            checked={all ? true : some ? "mixed" : false}
            onChange={triage.selectAll}
          />
        </span>
        <span role="columnheader" tabIndex={-1}>
          <span className="visually-hidden">{t("column.level")}</span>
        </span>
        <Column name={t("column.issue")} />
        <Column name={t("column.trend")} optional />
        <Column name={t("column.events")} right sort="freq" sorted={sort} onSort={onSort} />
        <Column name={t("column.users")} right optional sort="user" sorted={sort} onSort={onSort} />
        <Column name={t("column.seen")} right sort="date" sorted={sort} onSort={onSort} />
        <span role="columnheader" tabIndex={-1} className={styles.optional}>
          <span className="visually-hidden">{t("column.owner")}</span>
        </span>
      </div>
      <div role="rowgroup" className={styles.body} style={{ height: rows.getTotalSize() }}>
        {shown.map(({ index, key, start }) => {
          const issue = issues[index];
          if (issue === undefined) return null;
          return (
            <IssueRow
              key={key}
              org={org}
              issue={issue}
              index={index}
              top={start}
              color={colorOf(projects, issue.project.id)}
              selected={triage.selected.has(issue.id)}
              cursor={index === cursor}
              peeked={issue.shortId === peeked}
              onSelect={triage.select}
              onPeek={triage.peek}
            />
          );
        })}
      </div>
    </div>
  );
}

interface ColumnProps {
  readonly name: string;
  readonly right?: boolean;
  readonly optional?: boolean;
  readonly sort?: IssueSort;
  readonly sorted?: IssueSort;
  readonly onSort?: (sort: IssueSort) => void;
}

function Column({ name, right = false, optional = false, sort, sorted, onSort }: ColumnProps) {
  const isSorted = sort !== undefined && sort === sorted;
  return (
    <span
      role="columnheader"
      tabIndex={-1}
      aria-sort={isSorted ? "descending" : undefined}
      className={cx(right && styles.right, optional && styles.optional)}
    >
      {sort === undefined ? (
        name
      ) : (
        <button
          type="button"
          className={cx(styles.sort, isSorted && styles.sorted)}
          onClick={() => onSort?.(sort)}
        >
          {name}
        </button>
      )}
    </span>
  );
}
