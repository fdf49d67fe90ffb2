/** Ways to divide spans into two sets. */
import type { Difference } from "./api/trace-types.ts";
import { durationQuery } from "./latency.ts";
import { filterText } from "./search-lang/parse.ts";

export const SLOW = "slow";
export const FAILED = "failed";
export const RELEASES = "releases";

/** What failed, as the server counts failures. */
export const FAILURES = "has:span.status !span.status:[ok,cancelled,unknown]";

export interface Sets {
  readonly left: string;
  /** All others, if it is not said. */
  readonly right: string | undefined;
}

interface Known {
  /** Milliseconds from which on a span is slow among those that are looked at. */
  readonly slow: number | null;
  readonly newest: string | undefined;
  readonly before: string | undefined;
}

/** `null` where it cannot be told what to compare. */
export function setsOf(kind: string, { slow, newest, before }: Known): Sets | null {
  switch (kind) {
    case SLOW:
      return slow === null ? null : { left: durationQuery(slow, null), right: undefined };
    case FAILED:
      return { left: FAILURES, right: undefined };
    case RELEASES:
      if (newest === undefined || before === undefined) return null;
      return { left: filterText("release", newest), right: filterText("release", before) };
    default:
      return null;
  }
}

/** An attribute, and those whose values divide the sets in the very same way. */
export interface Telling {
  readonly difference: Difference;
  readonly alike: string[];
}

/** Attributes that say the same are listed once, under the one that comes first. */
export function together(differences: readonly Difference[]): readonly Telling[] {
  const found = new Map<string, Telling>();
  for (const difference of differences) {
    const { left, right, values } = difference;
    const counts = JSON.stringify([left, right, values.map((value) => [value.left, value.right])]);
    const known = found.get(counts);
    if (known === undefined) found.set(counts, { difference, alike: [] });
    else known.alike.push(difference.key);
  }
  return [...found.values()];
}
