import { useQuery } from "@tanstack/react-query";
import { totalsQuery } from "../../lib/api/performance.ts";
import { asNumber } from "../../lib/json.ts";
import { type Bin, binsOf, countUpTo, edgesBetween } from "../../lib/latency.ts";
import { type Problem, problemOf } from "../../lib/remote.ts";
import type { ScopeSearch } from "../../lib/urlstate.ts";

/** How the durations of some spans are distributed. */
export type Latency =
  | { readonly state: "loading" | "empty" }
  | { readonly state: "failed"; readonly problem: Problem }
  | {
      readonly state: "ready";
      readonly bins: readonly Bin[];
      readonly min: number;
      readonly max: number;
      readonly p50: number | null;
      readonly p95: number | null;
    };

const EXTENT = ["min(span.duration)", "max(span.duration)", "p50()", "p95()"];

/** Asks how long they take at least and at most, and then how many take how long. */
export function useLatency(
  org: string,
  search: ScopeSearch,
  query: string,
  bars: number,
  enabled = true,
): Latency {
  const extent = useQuery({ ...totalsQuery(org, search, query, EXTENT), enabled });
  const min = asNumber(extent.data?.["min(span.duration)"]);
  const max = asNumber(extent.data?.["max(span.duration)"]);
  const edges = min === null || max === null ? [] : edgesBetween(min, max, bars);
  const counts = useQuery({
    ...totalsQuery(org, search, query, edges.map(countUpTo)),
    enabled: enabled && edges.length > 0,
  });
  const error = extent.error ?? counts.error;
  if (error !== null) return { state: "failed", problem: problemOf(error) };
  if (extent.data === undefined) return { state: "loading" };
  if (min === null || max === null) return { state: "empty" };
  if (counts.data === undefined) return { state: "loading" };
  return {
    state: "ready",
    bins: binsOf(min, edges, counts.data),
    min,
    max,
    p50: asNumber(extent.data["p50()"]),
    p95: asNumber(extent.data["p95()"]),
  };
}
