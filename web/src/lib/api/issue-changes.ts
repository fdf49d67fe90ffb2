import { type InfiniteData, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { MINUTE_MS } from "../format.ts";
import { t } from "../i18n.ts";
import { isObject } from "../json.ts";
import { problemOf } from "../remote.ts";
import { parseQuery } from "../search-lang/parse.ts";
import { toast, toastError } from "../toasts.ts";
import type { Page } from "./client.ts";
import { changeIssues, type Matching } from "./issues.ts";
import type { Actor, Issue, IssueChange, IssueDetail } from "./types.ts";

export interface Doing {
  /** Said when it worked. */
  readonly said: string;
  /** What the issue looks like afterwards, shown before the server has answered. */
  readonly shows: Partial<Issue>;
}

/**
 * Changes issues at once on the screen, then on the server; the toast takes it back. With `matching`,
 * those beyond the screen change too, and as nobody knows what they were, there is no way back.
 */
export function useChangeIssues(org: string, matching?: Matching) {
  const queryClient = useQueryClient();
  return useCallback(
    async (issues: readonly Issue[], change: IssueChange, { said, shows }: Doing) => {
      const ids = issues.map((issue) => issue.id);
      showIssues(queryClient, org, ids, shows);
      try {
        await changeIssues(org, matching ?? ids, change);
        toast(said, matching === undefined ? () => void takeBack(queryClient, org, issues) : undefined);
      } catch (error) {
        toastError(t("change.failed", { why: problemOf(error).detail }));
      }
      await refresh(queryClient, org);
    },
    [queryClient, org, matching],
  );
}

async function takeBack(queryClient: QueryClient, org: string, issues: readonly Issue[]): Promise<void> {
  const groups = new Map<string, { change: IssueChange; ids: string[] }>();
  for (const issue of issues) {
    const change = asItWas(issue);
    const group = groups.get(JSON.stringify(change)) ?? { change, ids: [] };
    group.ids.push(issue.id);
    groups.set(JSON.stringify(change), group);
  }
  try {
    for (const { change, ids } of groups.values()) await changeIssues(org, ids, change);
    toast(t("undone"));
  } catch (error) {
    toastError(t("change.failed", { why: problemOf(error).detail }));
  }
  await refresh(queryClient, org);
}

/** The change that brings an issue back to what it is now. */
export function asItWas(issue: Issue): IssueChange {
  const status = issue.status === "resolved" || issue.status === "ignored" ? issue.status : "unresolved";
  const { inRelease, inNextRelease, inCommit, ignoreUntil, ...counts } = issue.statusDetails;
  const minutes = ignoreUntil == null ? 0 : Math.ceil((Date.parse(ignoreUntil) - Date.now()) / MINUTE_MS);
  return {
    status,
    ...(issue.substatus === null ? {} : { substatus: issue.substatus }),
    statusDetails: {
      ...(inRelease === undefined ? {} : { inRelease }),
      ...(inNextRelease === undefined ? {} : { inNextRelease }),
      ...(inCommit === undefined ? {} : { inCommit }),
      ...(minutes > 0 ? { ignoreDuration: minutes } : {}),
      ...(counts.ignoreCount == null
        ? {}
        : { ignoreCount: counts.ignoreCount, ignoreWindow: counts.ignoreWindow ?? undefined }),
      ...(counts.ignoreUserCount == null
        ? {}
        : {
            ignoreUserCount: counts.ignoreUserCount,
            ignoreUserWindow: counts.ignoreUserWindow ?? undefined,
          }),
    },
    assignedTo: actorText(issue.assignedTo),
    isBookmarked: issue.isBookmarked,
  };
}

/** An actor as the server takes it: `user:1`, `team:7`, or nothing. */
export function actorText(actor: Pick<Actor, "type" | "id"> | null): string {
  return actor === null ? "" : `${actor.type}:${actor.id}`;
}

export async function refresh(queryClient: QueryClient, org: string): Promise<void> {
  await Promise.all(
    ["issues", "issue", "issue-hits", "activity", "hashes", "events-stats"].map((kind) =>
      queryClient.invalidateQueries({ queryKey: [kind, org] }),
    ),
  );
}

type Pages = InfiniteData<Page<Issue>>;

/** Puts `shows` on every loaded copy of the issues; those that no longer fit a list's query leave it. */
export function showIssues(
  queryClient: QueryClient,
  org: string,
  ids: readonly string[],
  shows: Partial<Issue>,
): void {
  for (const query of queryClient.getQueryCache().findAll({ queryKey: ["issues", org] })) {
    const asked = query.queryKey[2];
    const text = isObject(asked) && typeof asked.query === "string" ? asked.query : "";
    queryClient.setQueryData<Pages>(query.queryKey, (pages) =>
      pages === undefined ? undefined : mapIssues(pages, ids, shows, text),
    );
  }
  for (const query of queryClient.getQueryCache().findAll({ queryKey: ["issue", org] })) {
    queryClient.setQueryData<IssueDetail>(query.queryKey, (issue) =>
      issue !== undefined && ids.includes(issue.id) ? { ...issue, ...shows } : issue,
    );
  }
}

function mapIssues(pages: Pages, ids: readonly string[], shows: Partial<Issue>, query: string): Pages {
  const leaves = shows.status !== undefined && !fits(query, shows.status);
  return {
    ...pages,
    pages: pages.pages.map((page) => {
      if (!page.items.some((issue) => ids.includes(issue.id))) return page;
      const items = leaves
        ? page.items.filter((issue) => !ids.includes(issue.id))
        : page.items.map((issue) => (ids.includes(issue.id) ? { ...issue, ...shows } : issue));
      const gone = page.items.length - items.length;
      return { ...page, items, hits: page.hits === null ? null : page.hits - gone };
    }),
  };
}

const UNRESOLVED = ["unresolved", "new", "ongoing", "regressed", "escalating", "for_review"];

/** Whether an issue of this status can be in the answer to `query`, as far as `is:` filters tell. */
export function fits(query: string, status: Issue["status"]): boolean {
  return parseQuery(query).every((term) => {
    if (term.kind !== "filter" || term.key !== "is" || term.negated) return true;
    if (UNRESOLVED.includes(term.value)) return status === "unresolved";
    if (term.value === "resolved") return status === "resolved";
    if (term.value === "ignored" || term.value === "archived") return status === "ignored";
    return true;
  });
}
