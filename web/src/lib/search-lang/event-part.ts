import { formatQuery, parseQuery } from "./parse.ts";

/** Filters about an issue as a whole: no single event has these properties. */
const ISSUE_KEYS = new Set([
  "is",
  "status",
  "substatus",
  "assigned",
  "assigned_to",
  "assigned_or_suggested",
  "bookmarks",
  "subscribed",
  "age",
  "firstSeen",
  "first_seen",
  "lastSeen",
  "last_seen",
  "timesSeen",
  "times_seen",
  "userCount",
  "user_count",
  "firstRelease",
  "first-release",
  "issue.priority",
  "issue.category",
  "issue.type",
]);

/** The part of an issue query that also makes sense for events, for the chart above the list. */
export function eventPart(query: string): string {
  return formatQuery(parseQuery(query).filter((term) => term.kind === "text" || !ISSUE_KEYS.has(term.key)));
}
