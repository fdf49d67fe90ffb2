import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Json } from "../json.ts";
import type { ScopeSearch } from "../urlstate.ts";
import { api, type Query, withQuery } from "./client.ts";
import type { Attachment, EventDetail, EventSummary } from "./event-types.ts";
import { issuePath } from "./issues.ts";

/** An event of an issue: an id, or one of the three names the server knows. */
export type EventChoice = string;

export function eventQuery(org: string, issue: string, event: EventChoice, environments?: readonly string[]) {
  const named = event === "latest" || event === "oldest" || event === "recommended";
  return queryOptions({
    queryKey: ["event", org, issue, event, named ? environments : undefined],
    // An event never changes; which one is the latest does.
    staleTime: named ? 15_000 : Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      api.get<EventDetail>(
        `${issuePath(org, issue)}events/${encodeURIComponent(event)}/`,
        { environment: named ? environments : undefined },
        signal,
      ),
  });
}

export function issueEventsQuery(org: string, issue: string, query: string, search: ScopeSearch) {
  const asked: Query = { query, environment: search.env, per_page: 50 };
  return infiniteQueryOptions({
    queryKey: ["issue-events", org, issue, asked],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      api.page<EventSummary>(
        `${issuePath(org, issue)}events/`,
        { ...asked, cursor: pageParam === "" ? undefined : pageParam },
        signal,
      ),
    getNextPageParam: (page) => page.next,
  });
}

function projectEventPath(org: string, project: string, event: string): string {
  return `/api/0/projects/${encodeURIComponent(org)}/${encodeURIComponent(project)}/events/${encodeURIComponent(event)}/`;
}

export function eventJsonUrl(org: string, project: string, event: string): string {
  return `${projectEventPath(org, project, event)}json/`;
}

export function attachmentsQuery(org: string, project: string, event: string) {
  return queryOptions({
    queryKey: ["attachments", org, project, event],
    queryFn: ({ signal }) =>
      api.get<Attachment[]>(`${projectEventPath(org, project, event)}attachments/`, {}, signal),
  });
}

export function attachmentUrl(org: string, project: string, event: string, attachment: string): string {
  const path = `${projectEventPath(org, project, event)}attachments/${encodeURIComponent(attachment)}/`;
  return withQuery(path, { download: 1 });
}

export function groupingQuery(org: string, project: string, event: string) {
  return queryOptions({
    queryKey: ["grouping", org, project, event],
    queryFn: ({ signal }) =>
      api.get<Json>(`${projectEventPath(org, project, event)}grouping-info/`, {}, signal),
  });
}
