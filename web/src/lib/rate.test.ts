import { expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "./format.ts";
import { formatRate } from "./rate.ts";

test.each([
  [0, DAY_MS, "0"],
  [1, 14 * DAY_MS, "1 in all"],
  [1, HOUR_MS / 2, "2/h"],
  [20, 14 * DAY_MS, "1.43/day"],
  [720, DAY_MS, "30/h"],
  [14_400, DAY_MS, "10/min"],
  [86_400_000, DAY_MS, "1,000/s"],
])("%i in %i ms is %s", (count, range, expected) => {
  expect(formatRate(count, range)).toBe(expected);
});
