import type { EndpointKind } from "../../lib/urlstate.ts";

/** Durations that are drawn together. */
export const PERCENTILES = [
  { axis: "p50(span.duration)", name: "p50", color: "var(--c2)" },
  { axis: "p75(span.duration)", name: "p75", color: "var(--c5)" },
  { axis: "p95(span.duration)", name: "p95", color: "var(--c1)" },
  { axis: "p99(span.duration)", name: "p99", color: "var(--c4)" },
];

/** Beginnings of the operations of each kind, as the server tells them apart. */
const OPERATIONS: Readonly<Record<EndpointKind, readonly string[]>> = {
  server: ["http.server", "rpc", "grpc", "graphql", "websocket", "function"],
  client: ["pageload", "navigation", "ui.", "app.start"],
  consumer: ["queue.", "task", "message", "cron", "console.command"],
};

/** A query for the endpoints of a kind. */
export function kindFilter(kind: EndpointKind | undefined): string {
  if (kind === undefined) return "";
  return OPERATIONS[kind].map((operation) => `span.op:${operation}*`).join(" OR ");
}
