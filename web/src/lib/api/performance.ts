/** Questions of the screens that sum spans up: queries, web vitals, endpoints, comparisons. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { filterText } from "../search-lang/parse.ts";
import { intervalFor } from "../time.ts";
import { rangeOf, type ScopeSearch } from "../urlstate.ts";
import { api, type Query } from "./client.ts";
import { scopeQuery } from "./scope.ts";
import { axesOf } from "./series.ts";
import type { Comparison, Table, TableRow } from "./trace-types.ts";
import type { StatsPoint } from "./types.ts";

const BUCKETS_MAX = 72;
const TREND_BUCKETS_MAX = 28;
/** The server plots so many aggregates, and gives so many groups a series of their own, in one answer. */
const AXES_MAX = 10;
const TRENDS_MAX = 10;
/** And so many columns. */
const FIELDS_MAX = 20;

function organizationPath(org: string): string {
  return `/api/0/organizations/${encodeURIComponent(org)}/`;
}

/** Aggregates of spans over time, by their texts. */
export function axesQuery(
  org: string,
  search: ScopeSearch,
  query: string,
  axes: readonly string[],
  buckets = BUCKETS_MAX,
) {
  const asked: Query = {
    ...scopeQuery(search),
    dataset: "spans",
    query,
    interval: intervalFor(rangeOf(search), buckets),
  };
  return queryOptions({
    queryKey: ["span-axes", org, asked, axes],
    staleTime: 15_000,
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, readonly StatsPoint[]>> => {
      const parts = chunks(axes, AXES_MAX).map(async (yAxis) => {
        const answer = await api.get<unknown>(
          `${organizationPath(org)}events-stats/`,
          { ...asked, yAxis },
          signal,
        );
        // One aggregate alone comes without its name.
        return axesOf(answer).map(
          ({ name, points }) => [name === "" ? (yAxis[0] ?? "") : name, points] as const,
        );
      });
      return new Map((await Promise.all(parts)).flat());
    },
  });
}

/** Aggregates of all spans that match, without groups. */
export function totalsQuery(org: string, search: ScopeSearch, query: string, fields: readonly string[]) {
  const asked: Query = { ...scopeQuery(search), dataset: "spans", query };
  return queryOptions({
    queryKey: ["span-totals", org, asked, fields],
    staleTime: 15_000,
    queryFn: async ({ signal }): Promise<TableRow> => {
      const parts = chunks(fields, FIELDS_MAX).map((field) =>
        api.get<Table>(`${organizationPath(org)}events/`, { ...asked, field }, signal),
      );
      const rows = (await Promise.all(parts)).map(({ data }) => data[0] ?? {});
      return Object.assign({}, ...rows);
    },
  });
}

/** A table of spans or of groups of them, page by page. */
export function rowsQuery(
  org: string,
  search: ScopeSearch,
  query: string,
  {
    fields,
    sort,
    limit,
  }: { readonly fields: readonly string[]; readonly sort: string; readonly limit: number },
) {
  const asked: Query = {
    ...scopeQuery(search),
    dataset: "spans",
    field: fields,
    query,
    sort,
    per_page: limit,
  };
  return infiniteQueryOptions({
    queryKey: ["spans", org, asked],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      api.part<Table>(
        `${organizationPath(org)}events/`,
        { ...asked, cursor: pageParam === "" ? undefined : pageParam },
        signal,
      ),
    getNextPageParam: (page) => page.next,
  });
}

/** How often some groups occurred over time, by their value of `field`; as many as one answer can hold. */
export function groupTrendsQuery(
  org: string,
  search: ScopeSearch,
  base: string,
  field: string,
  values: readonly string[],
) {
  const any = values.map((value) => filterText(field, value)).join(" OR ");
  const asked: Query = {
    ...scopeQuery(search),
    dataset: "spans",
    query: `${base} (${any})`,
    yAxis: "count()",
    field,
    topEvents: TRENDS_MAX,
    excludeOther: 1,
    interval: intervalFor(rangeOf(search), TREND_BUCKETS_MAX),
  };
  return queryOptions({
    queryKey: ["span-trends", org, asked],
    staleTime: 15_000,
    queryFn: async ({ signal }) => {
      const answer = await api.get<unknown>(`${organizationPath(org)}events-stats/`, asked, signal);
      return axesOf(answer).map(
        // One group alone comes without its name.
        ({ name, points }) =>
          [name === "" ? (values[0] ?? "") : name, points.map(([, count]) => count)] as const,
      );
    },
  });
}

/** Cuts values into lists that `groupTrendsQuery` takes. */
export function trendGroups(values: readonly string[]): readonly (readonly string[])[] {
  return chunks(
    [...new Set(values)].filter((value) => value !== ""),
    TRENDS_MAX,
  );
}

function chunks<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  const parts: T[][] = [];
  for (let from = 0; from < all.length; from += size) parts.push(all.slice(from, from + size));
  return parts;
}

/** What makes the spans that match `left` different from those that match `right`. */
export function comparisonQuery(
  org: string,
  search: ScopeSearch,
  sets: { readonly query: string; readonly left: string; readonly right: string | undefined },
) {
  const asked: Query = { ...scopeQuery(search), ...sets };
  return queryOptions({
    queryKey: ["span-compare", org, asked],
    staleTime: 30_000,
    queryFn: ({ signal }) => api.get<Comparison>(`${organizationPath(org)}span-compare/`, asked, signal),
  });
}
