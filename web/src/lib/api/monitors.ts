/** Monitors of jobs and of addresses: asked for, made and changed. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { CronsSearch } from "../urlstate.ts";
import { api } from "./client.ts";
import type {
  CheckIn,
  Monitor,
  MonitorConfig,
  MonitorDraft,
  ProcessingError,
  TimelineBucket,
  Uptime,
  UptimeBucket,
  UptimeDraft,
  UptimeResult,
} from "./monitor-types.ts";
import { FORM_GC_MS, pagesQuery } from "./pages.ts";

const REFRESH_MS = 30_000;
const MONITORS_PER_PAGE = 50;

function ofOrganization(org: string, rest: string): string {
  return `/api/0/organizations/${encodeURIComponent(org)}/${rest}`;
}

function monitorPath(org: string, monitor: string, rest = ""): string {
  return ofOrganization(org, `monitors/${encodeURIComponent(monitor)}/${rest}`);
}

/** Which address: checks are known by their project and number. */
export interface CheckPlace {
  readonly project: string;
  readonly check: string;
}

function checkPath(org: string, { project, check }: CheckPlace, rest = ""): string {
  const [organization, slug, id] = [org, project, check].map(encodeURIComponent);
  return `/api/0/projects/${organization}/${slug}/uptime/${id}/${rest}`;
}

export function monitorsKey(org: string) {
  return ["monitors", org];
}

export function monitorsQuery(org: string, { project, env, q }: CronsSearch) {
  const asked = { project, environment: env, query: q, per_page: MONITORS_PER_PAGE };
  return {
    ...pagesQuery<Monitor>(monitorsKey(org), ofOrganization(org, "monitors/"), asked),
    refetchInterval: REFRESH_MS,
  };
}

export function monitorQuery(org: string, monitor: string) {
  return queryOptions({
    queryKey: [...monitorsKey(org), "one", monitor],
    gcTime: FORM_GC_MS,
    refetchInterval: REFRESH_MS,
    queryFn: ({ signal }) => api.get<Monitor>(monitorPath(org, monitor), {}, signal),
  });
}

/** A stretch of time cut into equal parts, in seconds. */
export interface Grid {
  readonly since: number;
  readonly until: number;
  readonly rollup: number;
}

/** How often each monitor of a page ran well and ill, in one question. */
export function timelinesQuery(org: string, monitors: readonly string[], grid: Grid) {
  const asked = { monitor: monitors, since: grid.since, until: grid.until, rollup: grid.rollup };
  return queryOptions({
    queryKey: [...monitorsKey(org), "timelines", asked],
    enabled: monitors.length > 0,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.get<Readonly<Record<string, readonly TimelineBucket[]>>>(
        ofOrganization(org, "monitors-stats/"),
        asked,
        signal,
      ),
  });
}

export function checkInsQuery(org: string, monitor: string, environment: readonly string[] | undefined) {
  return pagesQuery<CheckIn>(
    [...monitorsKey(org), "check-ins", monitor],
    monitorPath(org, monitor, "checkins/"),
    { statsPeriod: "30d", environment },
  );
}

export function processingErrorsQuery(org: string, monitor: string) {
  return queryOptions({
    queryKey: [...monitorsKey(org), "errors", monitor],
    queryFn: async ({ signal }) =>
      (await api.page<ProcessingError>(monitorPath(org, monitor, "processing-errors/"), {}, signal)).items,
  });
}

/** When a schedule would be due next. It is a question, although it is posted. */
export function scheduleQuery(org: string, config: MonitorConfig) {
  return queryOptions({
    queryKey: ["schedule", org, config],
    staleTime: 60_000,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.ask<{ readonly next: readonly number[] }>(ofOrganization(org, "monitors-schedule-preview/"), {
        body: { ...config, count: 5 },
        signal,
      }),
  });
}

export async function createMonitor(org: string, draft: MonitorDraft): Promise<Monitor> {
  const { slug, ...rest } = draft;
  return api.post<Monitor>(ofOrganization(org, "monitors/"), slug.trim() === "" ? rest : draft);
}

export interface MonitorChange {
  readonly name?: string;
  readonly slug?: string;
  readonly owner?: string | null;
  readonly status?: "active" | "disabled";
  readonly isMuted?: boolean;
  readonly config?: MonitorConfig;
}

export async function changeMonitor(org: string, monitor: string, change: MonitorChange): Promise<Monitor> {
  const { isMuted, ...rest } = change;
  return api.put<Monitor>(
    monitorPath(org, monitor),
    isMuted === undefined ? rest : { ...rest, is_muted: isMuted },
  );
}

export async function muteEnvironment(
  org: string,
  monitor: string,
  environment: string,
  isMuted: boolean,
): Promise<void> {
  await api.put(monitorPath(org, monitor, `environments/${encodeURIComponent(environment)}/`), { isMuted });
}

export async function deleteMonitor(org: string, monitor: string): Promise<void> {
  await api.delete(monitorPath(org, monitor));
}

export function uptimeKey(org: string) {
  return ["uptime", org];
}

export function uptimesQuery(org: string) {
  return {
    ...pagesQuery<Uptime>(uptimeKey(org), ofOrganization(org, "uptime/")),
    refetchInterval: REFRESH_MS,
  };
}

export function uptimeQuery(org: string, check: CheckPlace) {
  return queryOptions({
    queryKey: [...uptimeKey(org), "one", check],
    gcTime: FORM_GC_MS,
    refetchInterval: REFRESH_MS,
    queryFn: ({ signal }) => api.get<Uptime>(checkPath(org, check), {}, signal),
  });
}

export function uptimeResultsQuery(org: string, check: CheckPlace) {
  return pagesQuery<UptimeResult>(
    [...uptimeKey(org), "results", check.check],
    checkPath(org, check, "checks/"),
    {
      statsPeriod: "7d",
    },
  );
}

export function uptimeStatsQuery(org: string, check: CheckPlace, grid: Grid) {
  const asked = { since: grid.since, until: grid.until, rollup: grid.rollup };
  return queryOptions({
    queryKey: [...uptimeKey(org), "stats", check, asked],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.get<readonly UptimeBucket[]>(checkPath(org, check, "stats/"), asked, signal),
  });
}

export async function createUptime(org: string, project: string, draft: UptimeDraft): Promise<Uptime> {
  return api.post<Uptime>(
    `/api/0/projects/${encodeURIComponent(org)}/${encodeURIComponent(project)}/uptime/`,
    draft,
  );
}

export type UptimeChange = Partial<UptimeDraft> & {
  readonly status?: "active" | "disabled";
  readonly isMuted?: boolean;
};

export async function changeUptime(org: string, check: CheckPlace, change: UptimeChange): Promise<void> {
  await api.put(checkPath(org, check), change);
}

export async function deleteUptime(org: string, check: CheckPlace): Promise<void> {
  await api.delete(checkPath(org, check));
}
