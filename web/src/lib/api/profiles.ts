import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { ProfilesSearch } from "../urlstate.ts";
import { api, type Query, withQuery } from "./client.ts";
import type {
  FlameChart,
  FlameDiff,
  FlameTree,
  FunctionChanges,
  Functions,
  Profile,
  ProfileChoices,
} from "./profile-types.ts";
import { scopeQuery } from "./scope.ts";

const ROWS_PER_PAGE = 50;
/** Folding hundreds of profiles takes a moment; what is on screen need not be newer than this. */
const FOLDED_STALE_MS = 60_000;

/** One profile, or a time of a profiler. */
export interface ProfileSubject {
  readonly project?: string | undefined;
  readonly profile?: string | undefined;
  readonly profiler?: string | undefined;
  /** Seconds since 1970. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly thread?: string | undefined;
}

function path(org: string, what: string): string {
  return `/api/0/organizations/${encodeURIComponent(org)}/profiling/${what}/`;
}

function selection(search: ProfilesSearch): Query {
  return {
    ...scopeQuery(search),
    transaction: search.transaction,
    release: search.release,
    kind: search.kind,
  };
}

function subjectQuery(subject: ProfileSubject): Query {
  return { ...subject };
}

export function profilesQuery(org: string, search: ProfilesSearch) {
  const query: Query = { ...selection(search), sort: search.sort, per_page: ROWS_PER_PAGE };
  return infiniteQueryOptions({
    queryKey: ["profiles", org, query],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      api.page<Profile>(
        path(org, "profiles"),
        { ...query, cursor: pageParam === "" ? undefined : pageParam },
        signal,
      ),
    getNextPageParam: (page) => page.next,
  });
}

export function profileChoicesQuery(org: string, search: ProfilesSearch) {
  const query = scopeQuery(search);
  return queryOptions({
    queryKey: ["profile-choices", org, query],
    staleTime: FOLDED_STALE_MS,
    queryFn: ({ signal }) => api.get<ProfileChoices>(path(org, "choices"), query, signal),
  });
}

export function mergedTreeQuery(org: string, search: ProfilesSearch) {
  return treeQuery(org, selection(search));
}

export function subjectTreeQuery(org: string, subject: ProfileSubject) {
  return treeQuery(org, subjectQuery(subject));
}

function treeQuery(org: string, query: Query) {
  return queryOptions({
    queryKey: ["profile-tree", org, query],
    staleTime: FOLDED_STALE_MS,
    structuralSharing: false,
    queryFn: ({ signal }) => api.get<FlameTree>(path(org, "tree"), query, signal),
  });
}

export function profileChartQuery(org: string, subject: ProfileSubject) {
  const query = subjectQuery(subject);
  return queryOptions({
    queryKey: ["profile-chart", org, query],
    staleTime: FOLDED_STALE_MS,
    structuralSharing: false,
    queryFn: ({ signal }) => api.get<FlameChart>(path(org, "chart"), query, signal),
  });
}

export function functionsQuery(org: string, search: ProfilesSearch) {
  const query: Query = { ...selection(search), inApp: search.code === "app" ? "1" : undefined };
  return queryOptions({
    queryKey: ["profile-functions", org, query],
    staleTime: FOLDED_STALE_MS,
    queryFn: ({ signal }) => api.get<Functions>(path(org, "functions"), query, signal),
  });
}

/** Two releases, and what of them. */
function releases(search: ProfilesSearch): Query {
  const { transaction, release: after, before } = search;
  return { ...scopeQuery(search), transaction, after, before };
}

export function flameDiffQuery(org: string, search: ProfilesSearch) {
  const query = releases(search);
  return queryOptions({
    queryKey: ["profile-diff", org, query],
    staleTime: FOLDED_STALE_MS,
    structuralSharing: false,
    queryFn: ({ signal }) => api.get<FlameDiff>(path(org, "diff"), query, signal),
  });
}

export function changesQuery(org: string, search: ProfilesSearch) {
  const query = releases(search);
  return queryOptions({
    queryKey: ["profile-changes", org, query],
    staleTime: FOLDED_STALE_MS,
    queryFn: ({ signal }) => api.get<FunctionChanges>(path(org, "changes"), query, signal),
  });
}

/** Where a profile can be had as a file for other programs. */
export function speedscopeUrl(org: string, subject: ProfileSubject): string {
  return withQuery(path(org, "speedscope"), subjectQuery(subject));
}
