import { useQueries } from "@tanstack/react-query";
import { groupTrendsQuery, trendGroups } from "../../lib/api/performance.ts";
import type { ScopeSearch } from "../../lib/urlstate.ts";

/** How often each group occurred over time, by its value of `field`. */
export function useGroupTrends(
  org: string,
  search: ScopeSearch,
  query: string,
  field: string,
  values: readonly string[],
): ReadonlyMap<string, readonly number[]> {
  return useQueries({
    queries: trendGroups(values).map((group) => groupTrendsQuery(org, search, query, field, group)),
    combine: (answers) => new Map(answers.flatMap(({ data }) => data ?? [])),
  });
}
