/** Where code lies: repositories and their webhooks, code mappings, links to lines, suspect commits. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, type Query } from "./client.ts";
import { issuePath } from "./issues.ts";
import type {
  CodeMapping,
  CodeMappingChange,
  Commit,
  Committer,
  Repository,
  SourceLink,
  SuspectFlag,
  Webhook,
} from "./release-types.ts";
import { orNothing } from "./releases.ts";
import { may, type Session } from "./session.ts";

const PAGE_MAX = 100;

function organizationPath(org: string): string {
  return `/api/0/organizations/${encodeURIComponent(org)}/`;
}

function repositoryPath(org: string, repository: string): string {
  return `${organizationPath(org)}repos/${encodeURIComponent(repository)}/`;
}

/** Whether the person may say where code lies. */
export function mayChangeCode(session: Session): boolean {
  return ["org:integrations", "org:write", "project:write"].some((scope) => may(session, scope));
}

export function repositoriesQuery(org: string) {
  return queryOptions({
    queryKey: ["repositories", org],
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      api.get<Repository[]>(`${organizationPath(org)}repos/`, { per_page: PAGE_MAX }, signal),
  });
}

export interface NewRepository {
  readonly name: string;
  readonly url: string;
  /** Empty where the address is to tell. */
  readonly provider: string;
}

export async function createRepository(org: string, { name, url, provider }: NewRepository): Promise<void> {
  await api.post(`${organizationPath(org)}repos/`, {
    name,
    ...(url === "" ? {} : { url }),
    ...(provider === "" ? {} : { provider }),
  });
}

export async function deleteRepository(org: string, id: string): Promise<void> {
  await api.delete(repositoryPath(org, id));
}

/** The answer is the only one that has the secret; a webhook that was there is useless from then on. */
export async function createWebhook(org: string, id: string): Promise<Webhook> {
  return api.post<Webhook>(`${repositoryPath(org, id)}webhook/`);
}

export async function deleteWebhook(org: string, id: string): Promise<void> {
  await api.delete(`${repositoryPath(org, id)}webhook/`);
}

/** The newest commits of a repository. */
export function repositoryCommitsQuery(org: string, id: string) {
  return queryOptions({
    queryKey: ["repository-commits", org, id],
    staleTime: 30_000,
    queryFn: ({ signal }) =>
      api.get<Commit[]>(`${repositoryPath(org, id)}commits/`, { per_page: 50 }, signal),
  });
}

export function codeMappingsQuery(org: string) {
  return infiniteQueryOptions({
    queryKey: ["code-mappings", org],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      api.page<CodeMapping>(
        `${organizationPath(org)}code-mappings/`,
        { per_page: PAGE_MAX, cursor: pageParam === "" ? undefined : pageParam },
        signal,
      ),
    getNextPageParam: (page) => page.next,
  });
}

export async function createCodeMapping(org: string, change: CodeMappingChange): Promise<void> {
  await api.post(`${organizationPath(org)}code-mappings/`, change);
}

export async function changeCodeMapping(
  org: string,
  id: string,
  change: Omit<CodeMappingChange, "projectId">,
): Promise<void> {
  await api.put(`${organizationPath(org)}code-mappings/${encodeURIComponent(id)}/`, change);
}

export async function deleteCodeMapping(org: string, id: string): Promise<void> {
  await api.delete(`${organizationPath(org)}code-mappings/${encodeURIComponent(id)}/`);
}

/** A frame whose source is looked for. */
export interface Place {
  readonly file: string;
  readonly absPath?: string | undefined;
  readonly lineNo?: number | undefined;
  readonly release?: string | undefined;
}

export function sourceLinkQuery(org: string, project: string, place: Place) {
  const path = `/api/0/projects/${encodeURIComponent(org)}/${encodeURIComponent(project)}/stacktrace-link/`;
  const asked: Query = { ...place };
  return queryOptions({
    queryKey: ["source-link", org, project, asked],
    staleTime: 60_000,
    queryFn: ({ signal }) => api.get<SourceLink>(path, asked, signal),
  });
}

/** Who may have caused an issue, the most suspect first. */
export function committersQuery(org: string, issue: string) {
  return queryOptions({
    queryKey: ["committers", org, issue],
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const path = `${issuePath(org, issue)}committers/`;
      return (await api.get<{ readonly committers: readonly Committer[] }>(path, {}, signal)).committers;
    },
  });
}

/** Flags that stand out in an issue, the most telling first; none where the server does not know them. */
export function suspectFlagsQuery(org: string, issue: string) {
  return queryOptions({
    queryKey: ["suspect-flags", org, issue],
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      orNothing(async () => {
        const path = `${issuePath(org, issue)}suspect/flags/`;
        return (await api.get<{ readonly data: readonly SuspectFlag[] }>(path, {}, signal)).data;
      }),
  });
}
