import { queryOptions } from "@tanstack/react-query";
import { api, type Query } from "./client.ts";
import type { BuildToken } from "./release-types.ts";
import type {
  ApiToken,
  InboundFilter,
  KeyChange,
  Member,
  OutcomeStats,
  ProjectChange,
  ProjectDetail,
  ProjectKey,
  ProjectSummary,
  Team,
} from "./types.ts";

function projectPath(org: string, project: string): string {
  return `/api/0/projects/${encodeURIComponent(org)}/${encodeURIComponent(project)}/`;
}

function organizationPath(org: string): string {
  return `/api/0/organizations/${encodeURIComponent(org)}/`;
}

export function projectQuery(org: string, project: string) {
  return queryOptions({
    queryKey: ["project", org, project],
    queryFn: ({ signal }) => api.get<ProjectDetail>(projectPath(org, project), {}, signal),
  });
}

export async function createProject(
  org: string,
  name: string,
  platform: string | null,
): Promise<ProjectSummary> {
  return api.post<ProjectSummary>(`${organizationPath(org)}projects/`, { name, platform });
}

export async function changeProject(
  org: string,
  project: string,
  change: ProjectChange,
): Promise<ProjectDetail> {
  return api.put<ProjectDetail>(projectPath(org, project), change);
}

export async function deleteProject(org: string, project: string): Promise<void> {
  await api.delete(projectPath(org, project));
}

export function keysQuery(org: string, project: string) {
  return queryOptions({
    queryKey: ["keys", org, project],
    queryFn: ({ signal }) => api.get<ProjectKey[]>(`${projectPath(org, project)}keys/`, {}, signal),
  });
}

export async function createKey(org: string, project: string, name: string): Promise<ProjectKey> {
  return api.post<ProjectKey>(`${projectPath(org, project)}keys/`, { name });
}

export async function changeKey(org: string, project: string, key: string, change: KeyChange): Promise<void> {
  await api.put(`${projectPath(org, project)}keys/${encodeURIComponent(key)}/`, change);
}

export async function deleteKey(org: string, project: string, key: string): Promise<void> {
  await api.delete(`${projectPath(org, project)}keys/${encodeURIComponent(key)}/`);
}

export function filtersQuery(org: string, project: string) {
  return queryOptions({
    queryKey: ["filters", org, project],
    queryFn: ({ signal }) => api.get<InboundFilter[]>(`${projectPath(org, project)}filters/`, {}, signal),
  });
}

export async function changeFilter(
  org: string,
  project: string,
  filter: string,
  active: boolean,
): Promise<void> {
  await api.put(`${projectPath(org, project)}filters/${encodeURIComponent(filter)}/`, { active });
}

export function outcomesQuery(org: string, projectId: string, statsPeriod: string, interval: string) {
  const query: Query = {
    project: projectId,
    statsPeriod,
    interval,
    groupBy: ["outcome", "category", "reason"],
    field: "sum(quantity)",
  };
  return queryOptions({
    queryKey: ["outcomes", org, query],
    staleTime: 15_000,
    queryFn: ({ signal }) => api.get<OutcomeStats>(`${organizationPath(org)}stats_v2/`, query, signal),
  });
}

export async function inviteMember(org: string, email: string, orgRole: string): Promise<Member> {
  return api.post<Member>(`${organizationPath(org)}members/`, { email, orgRole, sendInvite: false });
}

export async function changeMember(org: string, member: string, orgRole: string): Promise<void> {
  await api.put(`${organizationPath(org)}members/${encodeURIComponent(member)}/`, { orgRole });
}

export async function removeMember(org: string, member: string): Promise<void> {
  await api.delete(`${organizationPath(org)}members/${encodeURIComponent(member)}/`);
}

export function teamsQuery(org: string) {
  return queryOptions({
    queryKey: ["teams", org],
    staleTime: 60_000,
    queryFn: ({ signal }) => api.get<Team[]>(`${organizationPath(org)}teams/`, {}, signal),
  });
}

export function tokensQuery(org: string) {
  return queryOptions({
    queryKey: ["tokens", org],
    queryFn: ({ signal }) => api.get<ApiToken[]>("/api/ui/tokens", { org }, signal),
  });
}

export async function createToken(org: string, name: string, scopes: readonly string[]): Promise<ApiToken> {
  return api.post<ApiToken>("/api/ui/tokens", { name, scopes }, { org });
}

export async function revokeToken(org: string, id: string): Promise<void> {
  await api.delete(`/api/ui/tokens/${encodeURIComponent(id)}`, { org });
}

/** Tokens of the organisation for its builds, newest first. */
export function buildTokensQuery(org: string) {
  return queryOptions({
    queryKey: ["build-tokens", org],
    queryFn: ({ signal }) => api.get<BuildToken[]>(`${organizationPath(org)}org-auth-tokens/`, {}, signal),
  });
}

export async function createBuildToken(org: string, name: string): Promise<BuildToken> {
  return api.post<BuildToken>(`${organizationPath(org)}org-auth-tokens/`, { name });
}

export async function revokeBuildToken(org: string, id: string): Promise<void> {
  await api.delete(`${organizationPath(org)}org-auth-tokens/${encodeURIComponent(id)}/`);
}
