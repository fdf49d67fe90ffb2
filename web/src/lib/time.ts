import { useSyncExternalStore } from "react";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./format.ts";

/** The span of time a screen is about, as the URL says it. */
export type TimeRange =
  | { readonly kind: "last"; readonly period: string }
  | { readonly kind: "between"; readonly from: string; readonly to: string };

export const PERIODS = ["1h", "24h", "7d", "14d", "30d", "90d"];
export const DEFAULT_PERIOD = "14d";

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
};

/** Milliseconds of `24h`, or `null` when it is not a period. */
export function periodMs(period: string): number | null {
  const match = /^(\d{1,4})([smhdw])$/.exec(period);
  const unit = UNIT_MS[match?.[2] ?? ""];
  const number = Number(match?.[1]);
  return unit === undefined || number === 0 ? null : number * unit;
}

export function rangeMs(range: TimeRange): number {
  if (range.kind === "last") return periodMs(range.period) ?? DAY_MS;
  return Math.max(1, Date.parse(range.to) - Date.parse(range.from));
}

/** As the server's endpoints want it. */
export function rangeQuery(range: TimeRange): { statsPeriod?: string; start?: string; end?: string } {
  if (range.kind === "last") return { statsPeriod: range.period };
  return { start: range.from, end: range.to };
}

const INTERVALS: readonly (readonly [string, number])[] = [
  ["1m", MINUTE_MS],
  ["5m", 5 * MINUTE_MS],
  ["10m", 10 * MINUTE_MS],
  ["30m", 30 * MINUTE_MS],
  ["1h", HOUR_MS],
  ["4h", 4 * HOUR_MS],
  ["6h", 6 * HOUR_MS],
  ["12h", 12 * HOUR_MS],
  ["1d", DAY_MS],
];

/** The finest interval that cuts the range into at most `buckets` bars. */
export function intervalFor(range: TimeRange, buckets: number): string {
  const span = rangeMs(range);
  return INTERVALS.find(([, ms]) => span / ms <= buckets)?.[0] ?? "1d";
}

const TICK_MS = 5_000;
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The present, to five seconds: one timer for every age on the screen. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => {
    if (timer === undefined) now = Date.now();
    return Math.floor(now / TICK_MS) * TICK_MS;
  });
}
