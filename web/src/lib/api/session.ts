import { queryOptions, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { api } from "./client.ts";
import type { Bootstrap, OrganizationSummary, ProjectSummary, User } from "./types.ts";

/** Who is logged in, and what they may see. The first thing every page asks for. */
export const bootstrapQuery = queryOptions({
  queryKey: ["bootstrap"],
  staleTime: 5 * 60_000,
  queryFn: async ({ signal }) => {
    const bootstrap = await api.get<Bootstrap>("/api/ui/bootstrap", undefined, signal);
    api.csrfToken = bootstrap.csrfToken ?? "";
    return bootstrap;
  },
});

/** A person at work in one organisation. */
export interface Session {
  readonly version: string;
  readonly user: User;
  readonly organization: OrganizationSummary;
  readonly organizations: readonly OrganizationSummary[];
  /** Of this organisation, by name. */
  readonly projects: readonly ProjectSummary[];
}

/** `null` when nobody is logged in, or when they do not belong to `organization`. */
export function sessionOf(bootstrap: Bootstrap, slug: string): Session | null {
  const organization = bootstrap.organizations.find((one) => one.slug === slug);
  if (bootstrap.user === null || organization === undefined) return null;
  return {
    version: bootstrap.version,
    user: bootstrap.user,
    organization,
    organizations: bootstrap.organizations,
    projects: bootstrap.projects
      .filter((project) => project.organization === slug)
      .sort((a, b) => a.name.localeCompare(b.name)),
  };
}

/**
 * The session of the screen's organisation. The shell lets no screen begin without one. When it ends, a screen may hear
 * of that before the shell has put the login in its place: until then it keeps the one it had.
 */
export function useSession(slug: string): Session {
  const { data } = useQuery(bootstrapQuery);
  const last = useRef<Session | null>(null);
  const session = (data === undefined ? null : sessionOf(data, slug)) ?? last.current;
  if (session?.organization.slug !== slug) throw new Error(`no session in ${slug}`);
  last.current = session;
  return session;
}

export function may(session: Session, scope: string): boolean {
  return session.organization.scopes.includes(scope);
}

export async function logIn(email: string, password: string): Promise<void> {
  await api.post("/auth/login", { email, password });
}

export async function logOut(): Promise<void> {
  await api.post("/auth/logout");
}

export async function acceptInvite(token: string, name: string, password: string): Promise<void> {
  await api.post("/auth/invite", { token, name, password });
}

export async function changePassword(currentPassword: string, newPassword: string): Promise<void> {
  await api.post("/api/ui/account", { currentPassword, newPassword });
}
