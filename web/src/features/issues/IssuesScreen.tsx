import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useMemo } from "react";
import { Histogram } from "../../charts/Histogram.tsx";
import { BULK_MAX, DEFAULT_QUERY, issuesHistogramQuery, matchingQuery } from "../../lib/api/issues.ts";
import { useSession } from "../../lib/api/session.ts";
import type { Issue } from "../../lib/api/types.ts";
import { t } from "../../lib/i18n.ts";
import type { IssuesSearch } from "../../lib/urlstate.ts";
import { cx } from "../../ui/cx.ts";
import { useMarkers } from "../../ui/markers/useMarkers.ts";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { useIssueActions } from "./actions/useIssueActions.ts";
import styles from "./IssuesScreen.module.css";
import { BulkBar } from "./list/BulkBar.tsx";
import { IssueGrid } from "./list/IssueGrid.tsx";
import { IssueGridSkeleton } from "./list/IssueGridSkeleton.tsx";
import { IssueQueryBar } from "./list/IssueQueryBar.tsx";
import { IssuesEmpty } from "./list/IssuesEmpty.tsx";
import { useIssueList } from "./list/useIssueList.ts";
import { useListKeys } from "./list/useListKeys.ts";
import { useTriage } from "./list/useTriage.ts";
import { ViewTabs } from "./list/ViewTabs.tsx";

const Peek = lazy(() => import("./list/Peek.tsx").then((module) => ({ default: module.Peek })));
const route = getRouteApi("/$org/issues");
const NO_ISSUES: readonly Issue[] = [];

export function IssuesScreen() {
  const { org } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/$org/issues" });
  const session = useSession(org);
  const actions = useIssueActions(org);
  const { list, waiting, showWaiting } = useIssueList(org, search);
  const issues = list.state === "ready" ? list.issues : NO_ISSUES;
  const markers = useMarkers(org, search);
  const histogram = useQuery({ ...issuesHistogramQuery(org, search), placeholderData: keepPreviousData });

  const change = useCallback(
    (next: Partial<IssuesSearch>, replace = false) =>
      void navigate({ search: (before) => ({ ...before, ...next }), replace, resetScroll: false }),
    [navigate],
  );
  const peek = useCallback((issue: Issue) => change({ sel: issue.shortId }, true), [change]);
  const listed = JSON.stringify(matchingQuery(search));
  const triage = useTriage(issues, listed, search.sel, peek);
  const hits = (list.state === "ready" ? list.hits : null) ?? issues.length;
  const matching = useMemo(
    () => (triage.whole ? { query: matchingQuery(search), count: Math.min(hits, BULK_MAX) } : undefined),
    [triage.whole, search, hits],
  );
  const bulk = useIssueActions(org, matching);
  useListKeys({ org, search, triage, actions: bulk, change });

  const query = search.q ?? DEFAULT_QUERY;
  const onQuery = (q: string) => change({ q: q === DEFAULT_QUERY ? undefined : q });
  const onZoom = (from: number, to: number) =>
    change({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), t: undefined });
  const peeked = issues.find((issue) => issue.shortId === search.sel);
  return (
    <div className={styles.screen}>
      <ViewTabs org={org} search={search} />
      <IssueQueryBar
        org={org}
        search={search}
        query={query}
        onQuery={onQuery}
        onSort={(sort) => change({ sort })}
      />
      <div className={styles.chart}>
        {histogram.data !== undefined && (
          <Histogram series={histogram.data} markers={markers} onZoom={onZoom} />
        )}
      </div>
      <div className={cx(styles.split, peeked !== undefined && styles.withPeek)}>
        <div className={styles.list}>
          {triage.selected.size > 0 && (
            <BulkBar
              org={org}
              userId={session.user.id}
              issues={triage.targets}
              matching={hits}
              whole={triage.whole}
              onWhole={
                issues.length < hits && triage.selected.size === issues.length ? triage.selectWhole : null
              }
              actions={bulk}
              onClear={triage.clear}
            />
          )}
          {waiting > 0 && (
            <button type="button" className={styles.pill} onClick={showWaiting}>
              {t("live.new", { count: waiting })}
            </button>
          )}
          {list.state === "loading" && <IssueGridSkeleton />}
          {list.state === "failed" && <ProblemView problem={list.problem} onRetry={list.retry} />}
          {list.state === "empty" && (
            <IssuesEmpty
              session={session}
              search={search}
              query={query}
              onQuery={onQuery}
              onChange={change}
            />
          )}
          {list.state === "ready" && (
            <IssueGrid
              org={org}
              list={list}
              projects={session.projects}
              triage={triage}
              peeked={search.sel}
              sort={search.sort ?? "date"}
              onSort={(sort) => change({ sort })}
            />
          )}
        </div>
        {peeked !== undefined && (
          <Suspense fallback={null}>
            <Peek
              org={org}
              issue={peeked}
              session={session}
              actions={actions}
              onClose={() => change({ sel: undefined }, true)}
            />
          </Suspense>
        )}
      </div>
    </div>
  );
}
