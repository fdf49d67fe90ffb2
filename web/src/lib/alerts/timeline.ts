import type { IncidentDetail, TimelineEntry } from "../api/alert-types.ts";

/** What belongs to one moment reads best in this order; everything else comes after. */
const FIRST = ["opened", "issue", "notified"];

function rank({ kind }: TimelineEntry): number {
  const place = FIRST.indexOf(kind);
  return place < 0 ? FIRST.length : place;
}

/** The oldest first. */
export function inOrder(entries: readonly TimelineEntry[]): readonly TimelineEntry[] {
  return entries.toSorted((a, b) => a.at.localeCompare(b.at) || rank(a) - rank(b));
}

/** A fact as text; nothing where it is none. */
export function factOf(data: TimelineEntry["data"], ...names: readonly string[]): string {
  const found = names.map((name) => data[name]).find((value) => value !== undefined && value !== null);
  return typeof found === "string" || typeof found === "number" ? String(found) : "";
}

/** Who took an incident up. The timeline knows it at once, the incident itself a moment later. */
export function takenUp(
  { acknowledged, timeline }: Pick<IncidentDetail, "acknowledged" | "timeline">,
  now: number,
): IncidentDetail["acknowledged"] {
  if (acknowledged !== null) return acknowledged;
  const last = timeline.findLast(
    ({ kind, data }) => kind === "acknowledged" && Date.parse(factOf(data, "until")) > now,
  );
  return last === undefined ? null : { by: last.author, at: last.at };
}
