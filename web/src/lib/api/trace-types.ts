/**
 * Traces and spans, as far as this interface reads them: parts of the generated schema. By hand is what the
 * schema leaves open: that the roots of a trace can be events too, and the cells of tables.
 */
import type { Json } from "../json.ts";
import type { Part } from "./types.ts";

export type Odd = "orphan" | "cycle" | "duplicate" | "deep" | "starts_before_parent" | "second_root";

type TraceEventField =
  | "event_id"
  | "issue_id"
  | "project_id"
  | "project_slug"
  | "level"
  | "title"
  | "culprit"
  | "short_id"
  | "start_timestamp";

/** An error, or what was found in the spans, where it happened. */
export interface TraceEvent extends Part<"TraceEvent", TraceEventField> {
  readonly event_type: "error" | "occurrence";
}

type TraceSpanField =
  | "span_id"
  | "transaction_id"
  | "project_id"
  | "project_slug"
  | "parent_span_id"
  | "start_timestamp"
  | "end_timestamp"
  | "duration"
  | "exclusive_time"
  | "op"
  | "name"
  | "description"
  | "transaction"
  | "is_transaction"
  | "profile_id"
  | "profiler_id"
  | "status";

export interface TraceSpan extends Part<"TraceSpan", TraceSpanField> {
  readonly event_type: "span";
  readonly errors: readonly TraceEvent[];
  readonly occurrences: readonly TraceEvent[];
  readonly odd: readonly Odd[];
  readonly children: readonly TraceSpan[];
}

/** Events whose span is not there stand among the roots. */
export type TraceRoot = TraceSpan | TraceEvent;

export type TraceMeta = Part<"TraceMeta", "spansCount" | "errorsCount" | "performanceIssuesCount" | "isCut">;

export interface ItemAttribute extends Part<"ItemAttribute", "name" | "type"> {
  readonly value: Json;
}

/** A span of this or another trace that a span has to do with. */
export interface SpanLink {
  readonly itemId: string | null;
  readonly traceId: string | null;
}

export interface SpanItem extends Part<"TraceItem", "itemId" | "timestamp"> {
  readonly attributes: readonly ItemAttribute[];
  readonly links: readonly SpanLink[] | null;
}

/** Cells are under the texts of the fields that were asked for. */
export type TableRow = Readonly<Record<string, Json>>;

export interface Table {
  readonly data: readonly TableRow[];
  readonly meta: {
    readonly fields: Readonly<Record<string, string>>;
    readonly units: Readonly<Record<string, string | null>>;
  };
}

type EndpointField =
  | "project"
  | "projectId"
  | "transaction"
  | "op"
  | "count"
  | "perMinute"
  | "failureRate"
  | "p50"
  | "p75"
  | "p95"
  | "p99"
  | "apdex"
  | "timeSpent"
  | "timeSpentShare"
  | "before";

export type Endpoint = Part<"Endpoint", EndpointField>;
export type SpanAttribute = Part<"AttributeView", "key" | "name" | "attributeType">;

export type ValueDifference = Part<
  "ValueDifference",
  "value" | "left" | "right" | "leftShare" | "rightShare" | "difference"
>;

export interface Difference extends Part<"Difference", "key" | "score" | "left" | "right"> {
  readonly values: readonly ValueDifference[];
}

/** Two sets of spans, and in which attributes they differ. */
export interface Comparison extends Part<"Comparison", "left" | "right"> {
  readonly attributes: readonly Difference[];
}
