/** Ticks of check-ins on an axis of time. */
import type { CheckInCounts, TimelineBucket } from "../api/monitor-types.ts";
import type { Grid } from "../api/monitors.ts";
import type { CronSpan } from "../urlstate.ts";

/** From bad to good: the worst of a bucket is shown. */
export const TICKS = ["error", "timeout", "missed", "in_progress", "unknown", "ok"] as const;
export type Tick = (typeof TICKS)[number];

const HOUR = 3600;
const SPANS: Readonly<Record<CronSpan, { readonly seconds: number; readonly rollup: number }>> = {
  "48h": { seconds: 48 * HOUR, rollup: HOUR / 2 },
  "30d": { seconds: 30 * 24 * HOUR, rollup: 6 * HOUR },
};

/** The buckets that end with the present one: the same question as long as no new bucket begins. */
export function gridOf(span: CronSpan, nowMs: number): Grid {
  const { seconds, rollup } = SPANS[span];
  const until = (Math.floor(nowMs / 1000 / rollup) + 1) * rollup;
  return { since: until - seconds, until, rollup };
}

/** The worst that happened; nothing where nothing did. */
export function worst(counts: CheckInCounts | undefined): Tick | null {
  return TICKS.find((tick) => (counts?.[tick] ?? 0) > 0) ?? null;
}

export interface Bucket {
  /** When it begins, in seconds. */
  readonly at: number;
  readonly tick: Tick | null;
  readonly counts: CheckInCounts;
}

/** One bucket for each place of the grid, whatever the server left out. */
export function bucketsOf(
  grid: Grid,
  timeline: readonly TimelineBucket[],
  environment: string,
): readonly Bucket[] {
  const known = new Map<number, CheckInCounts>();
  for (const [seconds, environments] of timeline) {
    const place = Math.floor((seconds - grid.since) / grid.rollup);
    const counts = environments[environment];
    if (counts !== undefined) known.set(place, added(known.get(place), counts));
  }
  const places = Math.round((grid.until - grid.since) / grid.rollup);
  return Array.from({ length: places }, (_, place) => {
    const counts = known.get(place) ?? {};
    return { at: grid.since + place * grid.rollup, tick: worst(counts), counts };
  });
}

function added(before: CheckInCounts | undefined, more: CheckInCounts): CheckInCounts {
  if (before === undefined) return more;
  const sum: Record<string, number> = { ...before };
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

/** How many check-ins ended in which way, over all buckets. */
export function totalsOf(buckets: readonly Bucket[]): Readonly<Record<Tick, number>> {
  const of = (tick: Tick) => buckets.reduce((sum, { counts }) => sum + (counts[tick] ?? 0), 0);
  return {
    error: of("error"),
    timeout: of("timeout"),
    missed: of("missed"),
    in_progress: of("in_progress"),
    unknown: of("unknown"),
    ok: of("ok"),
  };
}
