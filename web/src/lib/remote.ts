import type { UseQueryResult } from "@tanstack/react-query";
import { ApiError, type FieldProblems } from "./api/client.ts";

/** Why something could not be shown, in the terms a screen can act on. */
export interface Problem {
  readonly kind:
    | "offline"
    | "unauthorized"
    | "forbidden"
    | "missing"
    | "limited"
    | "invalid"
    | "server"
    | "unexpected";
  /** The server's own sentence, when it had one. */
  readonly detail: string;
  readonly fields: FieldProblems;
  readonly requestId: string | null;
  readonly retryAfterSeconds: number | null;
}

/** What a screen knows about something that the server has. Always exactly one of the four. */
export type Remote<T> =
  | { readonly state: "loading" }
  | { readonly state: "failed"; readonly problem: Problem; readonly retry: () => void }
  | { readonly state: "empty"; readonly value: T }
  | { readonly state: "ready"; readonly value: T; readonly stale: boolean };

/** Old data stays on screen while new data is fetched, also when the fetching fails. */
export function remote<T>(query: UseQueryResult<T>, isEmpty: (value: T) => boolean = () => false): Remote<T> {
  if (query.data !== undefined) {
    if (isEmpty(query.data)) return { state: "empty", value: query.data };
    return { state: "ready", value: query.data, stale: query.isPlaceholderData };
  }
  if (query.error !== null) {
    return { state: "failed", problem: problemOf(query.error), retry: () => void query.refetch() };
  }
  return { state: "loading" };
}

export function problemOf(error: unknown): Problem {
  if (!(error instanceof ApiError)) {
    const detail = error instanceof Error ? error.message : "";
    return { kind: "unexpected", detail, fields: {}, requestId: null, retryAfterSeconds: null };
  }
  const { detail, fields, requestId, retryAfterSeconds } = error;
  return { kind: kindOf(error.status), detail, fields, requestId, retryAfterSeconds };
}

function kindOf(status: number): Problem["kind"] {
  if (status === 0) return "offline";
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 404) return "missing";
  if (status === 429) return "limited";
  if (status >= 500) return "server";
  return "invalid";
}
