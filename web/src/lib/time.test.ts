import { expect, test } from "vitest";
import { intervalFor, periodMs } from "./time.ts";

test.each([
  ["24h", 86_400_000],
  ["2w", 1_209_600_000],
  ["0h", null],
  ["h", null],
  ["1y", null],
  ["99999999d", null],
])("%s lasts %s ms", (period, expected) => {
  expect(periodMs(period)).toBe(expected);
});

test.each([
  ["1h", "1m"],
  ["24h", "30m"],
  ["14d", "6h"],
  ["90d", "1d"],
])("a chart of %s has bars of %s", (period, expected) => {
  expect(intervalFor({ kind: "last", period }, 72)).toBe(expected);
});
