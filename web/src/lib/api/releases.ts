/** Questions about releases, and what people do to them. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { HOUR_MS } from "../format.ts";
import { quoteValue } from "../search-lang/parse.ts";
import { periodMs, rangeMs } from "../time.ts";
import { type ReleaseSearch, type ReleasesSearch, rangeOf, type ScopeSearch } from "../urlstate.ts";
import { ApiError, api, type Query } from "./client.ts";
import type {
  Commit,
  CommitFile,
  Deploy,
  FlagChange,
  Release,
  ReleaseChange,
  ReleaseComparison,
  Sessions,
} from "./release-types.ts";
import { scopeQuery } from "./scope.ts";

const RELEASES_PER_PAGE = 25;
const COMMITS_PER_PAGE = 100;
/** Releases that are offered to be compared with, and marked on charts. */
const RECENT_MAX = 25;
/** Bars of a chart of sessions; they are counted by the hour. */
const BUCKETS_MAX = 72;
/** As far as the server counts. */
const HEALTH_MAX = "90d";

function organizationPath(org: string): string {
  return `/api/0/organizations/${encodeURIComponent(org)}/`;
}

export function releasePath(org: string, version: string): string {
  return `${organizationPath(org)}releases/${encodeURIComponent(version)}/`;
}

/** The time that numbers of health are about, as the server takes it: it ends now. */
export function healthPeriod(search: ScopeSearch): string {
  const range = rangeOf(search);
  if (range.kind === "last") {
    const most = periodMs(HEALTH_MAX) ?? 0;
    return (periodMs(range.period) ?? 0) > most ? HEALTH_MAX : range.period;
  }
  return `${Math.min(90 * 24, Math.max(1, Math.ceil(rangeMs(range) / HOUR_MS)))}h`;
}

function healthQuery(search: ScopeSearch): Query {
  return {
    health: 1,
    adoptionStages: 1,
    summaryStatsPeriod: healthPeriod(search),
    healthStatsPeriod: healthPeriod(search),
    environment: search.env,
  };
}

/** Releases, page by page. The time range is that of their health: old releases are listed too. */
export function releasePagesQuery(org: string, search: ReleasesSearch) {
  const asked: Query = {
    ...healthQuery(search),
    project: search.project,
    query: search.q,
    sort: search.sort ?? "date",
    status: search.status ?? "open",
    per_page: RELEASES_PER_PAGE,
  };
  return infiniteQueryOptions({
    queryKey: ["releases", org, asked],
    initialPageParam: "",
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) =>
      api.page<Release>(
        `${organizationPath(org)}releases/`,
        { ...asked, cursor: pageParam === "" ? undefined : pageParam },
        signal,
      ),
    getNextPageParam: (page) => page.next,
  });
}

/** The releases last made, to be marked on charts and chosen from. */
export function recentReleasesQuery(org: string, search: ScopeSearch) {
  const asked: Query = { project: search.project, per_page: RECENT_MAX };
  return queryOptions({
    queryKey: ["releases", org, asked],
    staleTime: 60_000,
    queryFn: ({ signal }) => api.get<Release[]>(`${organizationPath(org)}releases/`, asked, signal),
  });
}

/** Releases whose version has the text in it, whatever their state. */
export function findReleasesQuery(org: string, text: string, project: readonly string[] | undefined) {
  const asked: Query = { query: text, project, status: "", per_page: RECENT_MAX };
  return queryOptions({
    queryKey: ["releases", org, asked],
    staleTime: 60_000,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.get<Release[]>(`${organizationPath(org)}releases/`, asked, signal),
  });
}

export function releaseQuery(org: string, version: string, search: ScopeSearch) {
  const asked = healthQuery(search);
  return queryOptions({
    queryKey: ["release", org, version, asked],
    queryFn: ({ signal }) => api.get<Release>(releasePath(org, version), asked, signal),
  });
}

export async function changeRelease(org: string, version: string, change: ReleaseChange): Promise<void> {
  await api.put(releasePath(org, version), change);
}

export function deploysQuery(org: string, version: string) {
  return queryOptions({
    queryKey: ["deploys", org, version],
    staleTime: 60_000,
    queryFn: ({ signal }) => api.get<Deploy[]>(`${releasePath(org, version)}deploys/`, {}, signal),
  });
}

export function commitsQuery(org: string, version: string) {
  return infiniteQueryOptions({
    queryKey: ["commits", org, version],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      api.page<Commit>(
        `${releasePath(org, version)}commits/`,
        { per_page: COMMITS_PER_PAGE, cursor: pageParam === "" ? undefined : pageParam },
        signal,
      ),
    getNextPageParam: (page) => page.next,
  });
}

/** The files that the commits of a release changed, by path. */
export function commitFilesQuery(org: string, version: string) {
  return infiniteQueryOptions({
    queryKey: ["commit-files", org, version],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      api.page<CommitFile>(
        `${releasePath(org, version)}commitfiles/`,
        { per_page: COMMITS_PER_PAGE, cursor: pageParam === "" ? undefined : pageParam },
        signal,
      ),
    getNextPageParam: (page) => page.next,
  });
}

/** A release beside another, or beside the one before when the URL names none. */
export function compareReleasesQuery(org: string, version: string, search: ReleaseSearch) {
  const asked: Query = { ...scopeQuery(search), previous: search.previous };
  return queryOptions({
    queryKey: ["release-compare", org, version, asked],
    staleTime: 30_000,
    queryFn: ({ signal }) =>
      api.get<ReleaseComparison>(`${releasePath(org, version)}compare/`, asked, signal),
  });
}

const SESSION_INTERVALS: readonly (readonly [string, number])[] = [
  ["1h", HOUR_MS],
  ["2h", 2 * HOUR_MS],
  ["6h", 6 * HOUR_MS],
  ["12h", 12 * HOUR_MS],
  ["1d", 24 * HOUR_MS],
];

/** The finest interval of whole hours that cuts the range into as many bars as can be told apart. */
export function sessionInterval(search: ScopeSearch): string {
  const span = rangeMs(rangeOf(search));
  return SESSION_INTERVALS.find(([, ms]) => span / ms <= BUCKETS_MAX)?.[0] ?? "1d";
}

/** How sessions and users fared over time: of one release, or of all. */
export function sessionsQuery(
  org: string,
  search: ScopeSearch,
  {
    release,
    fields,
    groupBy,
  }: { readonly release?: string; readonly fields: readonly string[]; readonly groupBy?: string },
) {
  const asked: Query = {
    ...scopeQuery(search),
    interval: sessionInterval(search),
    query: release === undefined ? undefined : `release:${quoteValue(release)}`,
    field: fields,
    groupBy,
  };
  return queryOptions({
    queryKey: ["sessions", org, asked],
    staleTime: 30_000,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.get<Sessions>(`${organizationPath(org)}sessions/`, asked, signal),
  });
}

/** Changes of feature flags in the time range; none where the server keeps no log of them. */
export function flagChangesQuery(org: string, search: ScopeSearch) {
  const { statsPeriod, start, end } = scopeQuery(search);
  const asked: Query = { statsPeriod, start, end, per_page: RECENT_MAX };
  return queryOptions({
    queryKey: ["flag-changes", org, asked],
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      orNothing(async () => {
        const path = `${organizationPath(org)}flags/logs/`;
        return (await api.get<{ readonly data: readonly FlagChange[] }>(path, asked, signal)).data;
      }),
  });
}

/** A server that does not know the question has nothing to tell. */
export async function orNothing<T>(ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}
