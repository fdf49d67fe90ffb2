import { rangeQuery } from "../time.ts";
import { rangeOf, type ScopeSearch } from "../urlstate.ts";
import type { Query } from "./client.ts";

/** Time range, projects and environments as the server's endpoints want them. */
export function scopeQuery(search: ScopeSearch): Query {
  return { ...rangeQuery(rangeOf(search)), project: search.project, environment: search.env };
}
