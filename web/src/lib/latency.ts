/** Durations cut into bars: what to ask the server for, and what to make of the answer. */
import type { Json } from "./json.ts";

/** A bar: durations above `from`, up to `to`, in milliseconds. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Below this all durations are alike. */
const SHORTEST_MS = 0.001;

/** Upper ends of `bins` bars between two durations, each longer than the one before by the same factor. */
export function edgesBetween(min: number, max: number, bins: number): readonly number[] {
  const first = Math.max(min, SHORTEST_MS);
  const last = Math.max(max, first * 1.01);
  const factor = (last / first) ** (1 / bins);
  const inner = Array.from({ length: bins - 1 }, (_, index) => round(first * factor ** (index + 1)));
  return [...new Set([...inner, last])];
}

/** The aggregate that counts durations up to an edge. */
export function countUpTo(edge: number): string {
  return `count_if(span.duration,lessOrEquals,${edge})`;
}

/** Bars from how many durations are at most each edge. */
export function binsOf(
  min: number,
  edges: readonly number[],
  counts: Readonly<Record<string, Json>>,
): readonly Bin[] {
  let before = 0;
  let from = min;
  return edges.map((to) => {
    const upTo = Number(counts[countUpTo(to)] ?? 0);
    // Counts of sampled spans are estimates, and need not grow.
    const bin = { from, to, count: Math.max(0, upTo - before) };
    before = Math.max(before, upTo);
    from = to;
    return bin;
  });
}

/** A query for the durations between two, or above or below one. */
export function durationQuery(from: number | null, to: number | null): string {
  return [
    ...(from === null ? [] : [`span.duration:>${written(from)}`]),
    ...(to === null ? [] : [`span.duration:<=${written(to)}`]),
  ].join(" ");
}

function written(ms: number): string {
  return `${round(ms)}ms`;
}

function round(ms: number): number {
  return Number(ms.toPrecision(4));
}
