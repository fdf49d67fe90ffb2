/** Ways to divide spans into two sets. */
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
