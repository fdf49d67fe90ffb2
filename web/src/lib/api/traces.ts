import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { filterText } from "../search-lang/parse.ts";
import { intervalFor } from "../time.ts";
import { type EndpointsSearch, rangeOf, type ScopeSearch, type SpansSearch } from "../urlstate.ts";
import { api, type Query } from "./client.ts";
import { scopeQuery } from "./scope.ts";
import { type AxisSeries, axesOf } from "./series.ts";
import type { Endpoint, SpanAttribute, SpanItem, Table, TraceMeta, TraceRoot } from "./trace-types.ts";
import type { TagValue } from "./types.ts";

const ROWS_PER_PAGE = 50;
const BUCKETS_MAX = 72;
const TREND_BUCKETS_MAX = 28;
/** The server gives so many groups a series of their own. */
const TRENDS_MAX = 10;

function organizationPath(org: string): string {
  return `/api/0/organizations/${encodeURIComponent(org)}/`;
}

export function traceQuery(org: string, trace: string) {
  return queryOptions({
    queryKey: ["trace", org, trace],
    staleTime: 30_000,
    // Comparing trees of any depth with the last answer would cost more than drawing them.
    structuralSharing: false,
    queryFn: ({ signal }) =>
      api.get<TraceRoot[]>(`${organizationPath(org)}trace/${encodeURIComponent(trace)}/`, {}, signal),
  });
}

export function traceMetaQuery(org: string, trace: string) {
  return queryOptions({
    queryKey: ["trace-meta", org, trace],
    staleTime: 30_000,
    queryFn: ({ signal }) =>
      api.get<TraceMeta>(`${organizationPath(org)}trace-meta/${encodeURIComponent(trace)}/`, {}, signal),
  });
}

export function spanQuery(org: string, project: string, trace: string, span: string) {
  const path = `/api/0/projects/${encodeURIComponent(org)}/${encodeURIComponent(project)}/trace-items/`;
  return queryOptions({
    queryKey: ["span", org, project, trace, span],
    staleTime: 5 * 60_000,
    queryFn: ({ signal }) =>
      api.get<SpanItem>(
        `${path}${encodeURIComponent(span)}/`,
        { item_type: "spans", trace_id: trace },
        signal,
      ),
  });
}

/** What a table of spans shows. */
export interface TableQuestion {
  readonly fields: readonly string[];
  readonly sort: string;
}

export function spansQuery(org: string, search: SpansSearch, { fields, sort }: TableQuestion) {
  const query: Query = {
    ...scopeQuery(search),
    dataset: "spans",
    field: fields,
    query: search.q ?? "",
    sort,
    per_page: ROWS_PER_PAGE,
  };
  return infiniteQueryOptions({
    queryKey: ["spans", org, query],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      api.part<Table>(
        `${organizationPath(org)}events/`,
        { ...query, cursor: pageParam === "" ? undefined : pageParam },
        signal,
      ),
    getNextPageParam: (page) => page.next,
  });
}

/** An aggregate of spans over time. */
export function spanSeriesQuery(org: string, search: SpansSearch, axis: string) {
  return seriesQuery(org, {
    ...scopeQuery(search),
    query: search.q ?? "",
    yAxis: axis,
    interval: intervalFor(rangeOf(search), BUCKETS_MAX),
  });
}

/** How often some transactions ran over time, under their names; as many as one answer can hold. */
export function trendsQuery(org: string, search: EndpointsSearch, transactions: readonly string[]) {
  const named = transactions.map((name) => filterText("transaction", name)).join(" OR ");
  return seriesQuery(org, {
    ...scopeQuery(search),
    query: `is_transaction:true (${named})`,
    yAxis: "count()",
    field: "transaction",
    topEvents: TRENDS_MAX,
    excludeOther: 1,
    interval: intervalFor(rangeOf(search), TREND_BUCKETS_MAX),
  });
}

/** Cuts names into lists that `trendsQuery` takes. */
export function trendGroups(names: readonly string[]): readonly (readonly string[])[] {
  const unique = [...new Set(names)].filter((name) => name !== "");
  const groups: string[][] = [];
  for (let from = 0; from < unique.length; from += TRENDS_MAX) {
    groups.push(unique.slice(from, from + TRENDS_MAX));
  }
  return groups;
}

function seriesQuery(org: string, asked: Query) {
  const query: Query = { ...asked, dataset: "spans" };
  return queryOptions({
    queryKey: ["span-series", org, query],
    staleTime: 15_000,
    queryFn: async ({ signal }): Promise<AxisSeries[]> =>
      axesOf(await api.get<unknown>(`${organizationPath(org)}events-stats/`, query, signal)),
  });
}

export function endpointsQuery(org: string, search: EndpointsSearch) {
  const query: Query = {
    ...scopeQuery(search),
    query: search.q ?? "",
    kind: search.kind,
    sort: search.sort,
    per_page: ROWS_PER_PAGE,
  };
  return infiniteQueryOptions({
    queryKey: ["endpoints", org, query],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      api.page<Endpoint>(
        `${organizationPath(org)}endpoints/`,
        { ...query, cursor: pageParam === "" ? undefined : pageParam },
        signal,
      ),
    getNextPageParam: (page) => page.next,
  });
}

export function spanAttributesQuery(org: string, search: ScopeSearch) {
  const query: Query = { itemType: "spans", project: search.project };
  return queryOptions({
    queryKey: ["span-attributes", org, query],
    staleTime: 5 * 60_000,
    queryFn: ({ signal }) =>
      api.get<SpanAttribute[]>(`${organizationPath(org)}trace-items/attributes/`, query, signal),
  });
}

export function spanValuesQuery(org: string, key: string, typed: string, search: ScopeSearch) {
  const path = `${organizationPath(org)}trace-items/attributes/${encodeURIComponent(key)}/values/`;
  return queryOptions({
    queryKey: ["span-values", org, key, typed, search.project],
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      api.get<TagValue[]>(path, { itemType: "spans", query: typed, project: search.project }, signal),
  });
}
