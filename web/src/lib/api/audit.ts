import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, type Page } from "./client.ts";
import type { Part } from "./types.ts";

/** A field of something before and after; `null` where it is not there. */
export type FieldChange = readonly [before: unknown, after: unknown];

/** A change of a rule, a channel and what else belongs to alerting; who made it is told by a person's or a token's name. */
export interface Change
  extends Part<"AuditLogView", "id" | "event" | "note" | "targetObject" | "dateCreated"> {
  readonly actor: { readonly name: string; readonly email: string | null };
  readonly data: {
    readonly name: string;
    readonly program: string;
    readonly changes: Readonly<Record<string, FieldChange>>;
  };
}

/** What was changed, last first; of one thing only where `target` says which: `rule:7`. */
export function changesQuery(org: string, target: string | undefined) {
  const path = `/api/0/organizations/${encodeURIComponent(org)}/audit-logs/`;
  return infiniteQueryOptions({
    queryKey: ["changes", org, target],
    initialPageParam: "",
    queryFn: async ({ pageParam, signal }): Promise<Page<Change>> => {
      const cursor = pageParam === "" ? undefined : pageParam;
      const part = await api.part<{ rows: Change[] }>(path, { target, cursor }, signal);
      return { items: part.body.rows, next: part.next, hits: null };
    },
    getNextPageParam: (page) => page.next,
  });
}
