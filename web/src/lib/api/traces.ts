import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { EndpointsSearch, ScopeSearch } from "../urlstate.ts";
import { api, type Query } from "./client.ts";
import { scopeQuery } from "./scope.ts";
import type { Endpoint, SpanAttribute, SpanItem, TraceMeta, TraceRoot } from "./trace-types.ts";
import type { TagValue } from "./types.ts";

const ROWS_PER_PAGE = 50;

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
