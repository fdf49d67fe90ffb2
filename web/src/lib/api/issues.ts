import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { eventPart } from "../search-lang/event-part.ts";
import { intervalFor, rangeQuery } from "../time.ts";
import { type IssuesSearch, rangeOf, type ScopeSearch } from "../urlstate.ts";
import { api, type Query } from "./client.ts";
import { scopeQuery } from "./scope.ts";
import { type LevelSeries, seriesOf } from "./series.ts";
import type {
  Activity,
  Issue,
  IssueChange,
  IssueDetail,
  IssueHash,
  IssueTag,
  Member,
  ReleaseSummary,
  SearchKey,
  TagSummary,
  TagValue,
} from "./types.ts";

const ISSUES_PER_PAGE = 50;
const HISTOGRAM_BUCKETS_MAX = 72;

/** What the list shows when the URL says nothing. */
export const DEFAULT_QUERY = "is:unresolved";

export function issuesPath(org: string): string {
  return `/api/0/organizations/${encodeURIComponent(org)}/issues/`;
}

export function issuePath(org: string, issue: string): string {
  return `${issuesPath(org)}${encodeURIComponent(issue)}/`;
}

/** How many issues the server changes at once: of a query, those last seen. */
export const BULK_MAX = 1_000;

/** All issues of a list, on screen or not. */
export interface Matching {
  readonly query: Query;
  readonly count: number;
}

/** What the server needs to find the issues of a list again. */
export function matchingQuery(search: IssuesSearch): Query {
  return { ...scopeQuery(search), query: search.q ?? DEFAULT_QUERY };
}

export function issuesQuery(org: string, search: IssuesSearch) {
  const query: Query = {
    ...matchingQuery(search),
    sort: search.sort ?? "date",
    limit: ISSUES_PER_PAGE,
    groupStatsPeriod: "auto",
    collapse: "lifetime",
  };
  return infiniteQueryOptions({
    queryKey: ["issues", org, query],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      api.page<Issue>(
        issuesPath(org),
        { ...query, cursor: pageParam === "" ? undefined : pageParam },
        signal,
      ),
    getNextPageParam: (page) => page.next,
  });
}

/** The first page again, to bring rows that are on screen up to date. */
export async function fetchFirstIssues(org: string, search: IssuesSearch): Promise<readonly Issue[]> {
  const page = await api.page<Issue>(issuesPath(org), {
    ...matchingQuery(search),
    sort: search.sort ?? "date",
    limit: ISSUES_PER_PAGE,
    groupStatsPeriod: "auto",
    collapse: "lifetime",
  });
  return page.items;
}

/** How many issues a view holds. */
export function issueHitsQuery(org: string, search: ScopeSearch, query: string) {
  return queryOptions({
    queryKey: ["issue-hits", org, scopeQuery(search), query],
    staleTime: 30_000,
    queryFn: async ({ signal }) => {
      const asked: Query = { ...scopeQuery(search), query, limit: 1, collapse: ["stats", "lifetime"] };
      const page = await api.page<Issue>(issuesPath(org), asked, signal);
      return page.hits;
    },
  });
}

/** Events over time by level, for the bars above the list. */
export function issuesHistogramQuery(org: string, search: IssuesSearch) {
  const range = rangeOf(search);
  const query: Query = {
    ...scopeQuery(search),
    query: eventPart(search.q ?? DEFAULT_QUERY),
    yAxis: "count()",
    field: "level",
    topEvents: 5,
    interval: intervalFor(range, HISTOGRAM_BUCKETS_MAX),
  };
  return histogramQuery(org, query);
}

export function issueHistogramQuery(org: string, issue: string, search: ScopeSearch) {
  const range = rangeOf(search);
  return histogramQuery(org, {
    ...rangeQuery(range),
    environment: search.env,
    project: -1,
    query: `issue.id:${issue}`,
    yAxis: "count()",
    field: "level",
    topEvents: 5,
    interval: intervalFor(range, HISTOGRAM_BUCKETS_MAX),
  });
}

function histogramQuery(org: string, query: Query) {
  return queryOptions({
    queryKey: ["events-stats", org, query],
    staleTime: 15_000,
    queryFn: async ({ signal }): Promise<LevelSeries[]> => {
      const path = `/api/0/organizations/${encodeURIComponent(org)}/events-stats/`;
      return seriesOf(await api.get<unknown>(path, query, signal));
    },
  });
}

export function issueQuery(org: string, issue: string) {
  return queryOptions({
    queryKey: ["issue", org, issue],
    queryFn: ({ signal }) => api.get<IssueDetail>(issuePath(org, issue), undefined, signal),
  });
}

export function issueTagsQuery(org: string, issue: string, environments?: readonly string[]) {
  return queryOptions({
    queryKey: ["issue-tags", org, issue, environments],
    staleTime: 30_000,
    queryFn: ({ signal }) =>
      api.get<IssueTag[]>(`${issuePath(org, issue)}tags/`, { environment: environments }, signal),
  });
}

export function issueTagValuesQuery(org: string, issue: string, key: string) {
  const path = `${issuePath(org, issue)}tags/${encodeURIComponent(key)}/values/`;
  return infiniteQueryOptions({
    queryKey: ["issue-tag-values", org, issue, key],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      api.page<TagValue>(path, { sort: "count", cursor: pageParam === "" ? undefined : pageParam }, signal),
    getNextPageParam: (page) => page.next,
  });
}

export function activityQuery(org: string, issue: string) {
  return queryOptions({
    queryKey: ["activity", org, issue],
    queryFn: async ({ signal }) => {
      const answer = await api.get<{ activity: Activity[] }>(
        `${issuePath(org, issue)}activities/`,
        {},
        signal,
      );
      return answer.activity;
    },
  });
}

export async function addComment(org: string, issue: string, text: string): Promise<void> {
  await api.post(`${issuePath(org, issue)}comments/`, { text });
}

export function hashesQuery(org: string, issue: string) {
  return queryOptions({
    queryKey: ["hashes", org, issue],
    queryFn: ({ signal }) => api.get<IssueHash[]>(`${issuePath(org, issue)}hashes/`, {}, signal),
  });
}

/** Takes fingerprints out of an issue. Those that a merge brought go back to where they were. */
export async function unmerge(org: string, issue: string, hashes: readonly string[]): Promise<void> {
  await api.delete(`${issuePath(org, issue)}hashes/`, { id: hashes });
}

type Which = readonly string[] | Matching;

export async function changeIssues(org: string, which: Which, change: IssueChange): Promise<void> {
  await api.put(issuesPath(org), change, whichQuery(which));
}

export async function changeIssue(org: string, issue: string, change: IssueChange): Promise<void> {
  await api.put(issuePath(org, issue), change);
}

export async function deleteIssues(org: string, which: Which): Promise<void> {
  await api.delete(issuesPath(org), whichQuery(which));
}

/** No ids at all would be every issue to the server. */
function whichQuery(which: Which): Query {
  if ("query" in which) return which.query;
  if (which.length === 0) throw new Error("no issues were named");
  return { id: which };
}

export function searchKeysQuery(org: string) {
  return queryOptions({
    queryKey: ["search-keys", org],
    staleTime: 5 * 60_000,
    queryFn: ({ signal }) => api.get<SearchKey[]>("/api/ui/search-keys", { org }, signal),
  });
}

/** The feature flags that were evaluated before errors. */
export function flagsQuery(org: string, search: ScopeSearch) {
  const path = `/api/0/organizations/${encodeURIComponent(org)}/tags/`;
  const query = { dataset: "errors", useFlagsBackend: "1", project: search.project };
  return queryOptions({
    queryKey: ["flags", org, search.project],
    staleTime: 5 * 60_000,
    queryFn: ({ signal }) => api.get<TagSummary[]>(path, query, signal),
  });
}

export function tagValuesQuery(org: string, key: string, typed: string, search: ScopeSearch) {
  const path = `/api/0/organizations/${encodeURIComponent(org)}/tags/${encodeURIComponent(key)}/values/`;
  return queryOptions({
    queryKey: ["tag-values", org, key, typed, search.project],
    staleTime: 60_000,
    queryFn: ({ signal }) => api.get<TagValue[]>(path, { query: typed, project: search.project }, signal),
  });
}

export function membersQuery(org: string) {
  return queryOptions({
    queryKey: ["members", org],
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const path = `/api/0/organizations/${encodeURIComponent(org)}/members/`;
      return (await api.page<Member>(path, { per_page: 100 }, signal)).items;
    },
  });
}

export function releasesQuery(org: string, project: string) {
  return queryOptions({
    queryKey: ["releases", org, project],
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const path = `/api/0/organizations/${encodeURIComponent(org)}/releases/`;
      return (await api.page<ReleaseSummary>(path, { project, per_page: 20 }, signal)).items;
    },
  });
}
