import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { rowsQuery } from "../../lib/api/performance.ts";
import type { TableRow } from "../../lib/api/trace-types.ts";
import { type Problem, problemOf } from "../../lib/remote.ts";
import type { ScopeSearch } from "../../lib/urlstate.ts";

const ROWS_PER_PAGE = 50;

/** A table of spans, as many pages of it as were asked for. */
export type SpanTable =
  | { readonly state: "loading" | "empty" }
  | { readonly state: "failed"; readonly problem: Problem; readonly retry: () => void }
  | {
      readonly state: "ready";
      readonly rows: readonly TableRow[];
      /** Type of each column. */
      readonly kinds: Readonly<Record<string, string>>;
      readonly stale: boolean;
      /** Brings the next page, if there is one. */
      readonly more: (() => void) | null;
      readonly isLoadingMore: boolean;
    };

/** What a table of spans shows. */
export interface TableQuestion {
  readonly query: string;
  readonly fields: readonly string[];
  readonly sort: string;
  readonly limit?: number;
}

export function useTable(org: string, search: ScopeSearch, question: TableQuestion): SpanTable {
  const { query: text, fields, sort, limit = ROWS_PER_PAGE } = question;
  const query = useInfiniteQuery({
    ...rowsQuery(org, search, text, { fields, sort, limit }),
    placeholderData: keepPreviousData,
  });
  const [first] = query.data?.pages ?? [];
  if (first === undefined) {
    if (query.error === null) return { state: "loading" };
    return { state: "failed", problem: problemOf(query.error), retry: () => void query.refetch() };
  }
  const rows = query.data?.pages.flatMap((page) => page.body.data) ?? [];
  if (rows.length === 0) return { state: "empty" };
  return {
    state: "ready",
    rows,
    kinds: first.body.meta.fields,
    stale: query.isPlaceholderData,
    more: query.hasNextPage ? () => void query.fetchNextPage() : null,
    isLoadingMore: query.isFetchingNextPage,
  };
}
