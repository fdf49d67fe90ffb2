import { expect, test } from "vitest";
import { findingOf, tracePlace } from "./finding.ts";
import type { Json } from "./json.ts";

test("a finding is read, whatever it lacks", () => {
  const context = {
    title: "N+1 Query",
    subject: "SELECT %s",
    saved_ms: 120.5,
    offender_span_ids: ["b", "c", null],
    evidence: { Repeats: "12", Odd: { a: 1 } },
  };
  expect(findingOf({ contexts: { performance_issue: context } })).toEqual({
    title: "N+1 Query",
    subject: "SELECT %s",
    savedMs: 120.5,
    offenders: ["b", "c"],
    causes: [],
    parents: [],
    evidence: [
      ["Repeats", "12"],
      ["Odd", '{"a":1}'],
    ],
  });
  expect(findingOf({ contexts: {} })).toBeNull();
  expect(findingOf({ contexts: { performance_issue: "text" } })).toBeNull();
});

test("an event knows its place in a trace, if it was sent", () => {
  expect(tracePlace({ contexts: { trace: { trace_id: "t", span_id: "s" } } })).toEqual({
    trace: "t",
    span: "s",
  });
  expect(tracePlace({ contexts: { trace: { trace_id: "t" } } })).toEqual({ trace: "t", span: null });
  const none: readonly Json[] = [null, "text", { span_id: "s" }, { trace_id: "" }];
  for (const trace of none) expect(tracePlace({ contexts: { trace } })).toBeNull();
  expect(tracePlace({ contexts: {} })).toBeNull();
});
