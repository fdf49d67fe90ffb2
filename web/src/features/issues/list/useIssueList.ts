import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Page } from "../../../lib/api/client.ts";
import { fetchFirstIssues, issuesQuery } from "../../../lib/api/issues.ts";
import type { Issue } from "../../../lib/api/types.ts";
import { useLiveHints } from "../../../lib/live.ts";
import { type Problem, problemOf } from "../../../lib/remote.ts";
import type { IssuesSearch } from "../../../lib/urlstate.ts";

export type IssueList =
  | { readonly state: "loading" }
  | { readonly state: "failed"; readonly problem: Problem; readonly retry: () => void }
  | { readonly state: "empty" }
  | {
      readonly state: "ready";
      readonly issues: readonly Issue[];
      /** How many there are in all, when the server counts them. */
      readonly hits: number | null;
      /** Rows of the query before, while this one is under way. */
      readonly stale: boolean;
      readonly more: (() => void) | null;
    };

interface Listing {
  readonly list: IssueList;
  /** Issues that appeared since the list was loaded. */
  readonly waiting: number;
  readonly showWaiting: () => void;
}

/** Rows on screen are brought up to date at most this often, however many events come in. */
const PATCH_MS = 3_000;

/** The list, kept live without ever moving a row: numbers change in place, new issues wait. */
export function useIssueList(org: string, search: IssuesSearch): Listing {
  const options = useMemo(() => issuesQuery(org, { ...search, sel: undefined }), [org, search]);
  const query = useInfiniteQuery({ ...options, placeholderData: keepPreviousData });
  const issues = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const { waiting, clear } = useLiveRows(org, search, issues, options.queryKey);

  const showWaiting = useCallback(() => {
    clear();
    void query.refetch();
  }, [clear, query.refetch]);
  return { list: listOf(query, issues), waiting, showWaiting };
}

type Query = ReturnType<typeof useInfiniteQuery<Page<Issue>>>;

function listOf(query: Query, issues: readonly Issue[]): IssueList {
  if (query.data === undefined) {
    if (query.error === null) return { state: "loading" };
    return { state: "failed", problem: problemOf(query.error), retry: () => void query.refetch() };
  }
  if (issues.length === 0) return { state: "empty" };
  const canLoad = query.hasNextPage && !query.isFetchingNextPage;
  return {
    state: "ready",
    issues,
    hits: query.data.pages[0]?.hits ?? null,
    stale: query.isPlaceholderData,
    more: canLoad ? () => void query.fetchNextPage() : null,
  };
}

type Pages = InfiniteData<Page<Issue>, string>;

function useLiveRows(org: string, search: IssuesSearch, issues: readonly Issue[], key: readonly unknown[]) {
  const queryClient = useQueryClient();
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const keyText = JSON.stringify(key);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another list starts anew
  useEffect(() => {
    setFresh(new Set());
    return () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, [keyText]);

  const patch = async () => {
    timer.current = undefined;
    const first = await fetchFirstIssues(org, search).catch(() => []);
    const byId = new Map(first.map((issue) => [issue.id, issue]));
    queryClient.setQueryData<Pages>(key, (pages) =>
      pages === undefined
        ? undefined
        : {
            ...pages,
            pages: pages.pages.map((page) => ({
              ...page,
              items: page.items.map((issue) => byId.get(issue.id) ?? issue),
            })),
          },
    );
    const shown = new Set(issues.map((issue) => issue.id));
    const unseen = first.filter((issue) => !shown.has(issue.id)).map((issue) => issue.id);
    setFresh(new Set(unseen));
  };

  useLiveHints((hints) => {
    if (hints.every((hint) => hint.topic === "project")) return;
    timer.current ??= setTimeout(() => void patch(), PATCH_MS);
  });
  const shown = new Set(issues.map((issue) => issue.id));
  const waiting = [...fresh].filter((id) => !shown.has(id)).length;
  const clear = useCallback(() => setFresh(new Set()), []);
  return { waiting, clear };
}
