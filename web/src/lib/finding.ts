import type { EventDetail } from "./api/event-types.ts";
import { asText, isJsonObject, type Json } from "./json.ts";

type Contexts = Pick<EventDetail, "contexts">;

/** Where an event happened in a trace. */
export interface TracePlace {
  readonly trace: string;
  readonly span: string | null;
}

/** What was found wrong with the spans of a transaction. */
export interface Finding {
  readonly title: string;
  /** The query, request or file it is about. */
  readonly subject: string;
  /** How much shorter the transaction could be, at most; in milliseconds. */
  readonly savedMs: number | null;
  readonly offenders: readonly string[];
  readonly causes: readonly string[];
  readonly parents: readonly string[];
  readonly evidence: readonly (readonly [label: string, text: string])[];
}

export function tracePlace({ contexts }: Contexts): TracePlace | null {
  const { trace } = contexts;
  const id = isJsonObject(trace) ? asText(trace.trace_id) : null;
  if (id === null || id === "" || !isJsonObject(trace)) return null;
  return { trace: id, span: asText(trace.span_id) };
}

export function findingOf({ contexts }: Contexts): Finding | null {
  const context = contexts[FINDING_CONTEXT];
  if (!isJsonObject(context)) return null;
  const { evidence, saved_ms } = context;
  const facts = isJsonObject(evidence) ? Object.entries(evidence) : [];
  return {
    title: asText(context.title) ?? "",
    subject: asText(context.subject) ?? "",
    savedMs: typeof saved_ms === "number" && saved_ms > 0 ? saved_ms : null,
    offenders: textsOf(context.offender_span_ids),
    causes: textsOf(context.cause_span_ids),
    parents: textsOf(context.parent_span_ids),
    evidence: facts.map(([label, value]) => [label, asText(value) ?? JSON.stringify(value)]),
  };
}

/** The context that a finding is sent in. */
export const FINDING_CONTEXT = "performance_issue";

function textsOf(value: Json | undefined): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one) => asText(one) ?? []);
}
