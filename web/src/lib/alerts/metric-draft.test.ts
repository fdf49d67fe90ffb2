import { expect, test } from "vitest";
import { newMetricDraft, numberOf, PRESETS, presetOf, withDetection, withThreshold } from "./metric-draft.ts";

test("presets are known again by what they stand for", () => {
  for (const preset of PRESETS) expect(presetOf(preset)).toBe(preset);
  expect(presetOf({ dataset: "events", aggregate: "count_if(a)" })).toBeUndefined();
});

test("comparing with before needs a before, and nothing else has one", () => {
  const draft = newMetricDraft("api");
  const percent = withDetection(draft, "percent");
  expect(percent).toMatchObject({ comparisonDelta: 1440, anomaly: null });
  expect(withDetection({ ...percent, comparisonDelta: 60 }, "percent").comparisonDelta).toBe(60);
  const dynamic = withDetection(percent, "dynamic");
  expect(dynamic).toMatchObject({ comparisonDelta: null, anomaly: { kind: "ratio" } });
  expect(withDetection(dynamic, "static")).toEqual(draft);
});

test("a warning comes and goes with its threshold; the critical one stays", () => {
  const draft = newMetricDraft("api");
  const warned = withThreshold(draft, "warning", 50);
  expect(warned.triggers.map(({ label, alertThreshold }) => [label, alertThreshold])).toEqual([
    ["critical", 100],
    ["warning", 50],
  ]);
  expect(withThreshold(warned, "warning", null)).toEqual(draft);
  expect(withThreshold(draft, "critical", null).triggers).toMatchObject([{ alertThreshold: null }]);
});

test("what is typed is a number or nothing", () => {
  expect(numberOf(" 0.5 ")).toBe(0.5);
  expect(numberOf("")).toBeNull();
  expect(numberOf("many")).toBeNull();
});
