import { expect, test } from "vitest";
import type { SuspectFlag } from "./api/release-types.ts";
import { suspicions, tellingValue } from "./flags.ts";

function flag(outliers?: Record<string, number>, baseline?: Record<string, number>): SuspectFlag {
  const distribution = { ...(outliers && { outliers }), ...(baseline && { baseline }) };
  return { flag: "fast-settle", score: 1, distribution };
}

test("the value that is more frequent here than elsewhere is told", () => {
  expect(tellingValue(flag({ true: 9, false: 1 }, { true: 100, false: 900 }))).toEqual({
    value: "true",
    here: 0.9,
    everywhere: 0.1,
  });
});

test("a flag that is spread as everywhere tells nothing", () => {
  expect(tellingValue(flag({ true: 1 }, { true: 100 }))).toBeNull();
  expect(tellingValue(flag())).toBeNull();
  expect(tellingValue({ flag: "x", score: 2 })).toBeNull();
});

test("a value that was never seen elsewhere is told too", () => {
  expect(tellingValue(flag({ on: 4 }, {}))).toEqual({ value: "on", here: 1, everywhere: 0 });
});

test("suspects are told with the chance and the last change, others are left out", () => {
  const change = { action: "updated", flag: "fast-settle", createdAt: "2026-11-20T10:00:00Z" } as const;
  const flags: readonly SuspectFlag[] = [
    { ...flag({ true: 3 }, { true: 1, false: 9 }), flag: "weak", score: 1 },
    { ...flag({ true: 9 }, { false: 9 }), score: 7, p: 0.001, changes: [change] },
    { ...flag({ true: 9 }, { false: 9 }), flag: "innocent", score: 9, is_filtered: true },
  ];
  expect(suspicions(flags).map(({ flag: name, p, change: last }) => [name, p, last])).toEqual([
    ["fast-settle", 0.001, change],
    ["weak", null, null],
  ]);
});
