import { expect, test } from "vitest";
import { binsOf, countUpTo, durationQuery, edgesBetween } from "./latency.ts";

test("bars grow by the same factor and end at the longest", () => {
  expect(edgesBetween(1, 100, 2)).toEqual([10, 100]);
  expect(edgesBetween(0, 0, 4).every((edge) => edge > 0)).toBe(true);
  expect(edgesBetween(1, 1308.5, 40).at(-1)).toBe(1308.5);
});

test("counts up to an edge become counts of bars", () => {
  const counts = { [countUpTo(10)]: 3, [countUpTo(100)]: 10, [countUpTo(1000)]: 9 };
  expect(binsOf(1, [10, 100, 1000], counts)).toEqual([
    { from: 1, to: 10, count: 3 },
    { from: 10, to: 100, count: 7 },
    { from: 100, to: 1000, count: 0 },
  ]);
  expect(binsOf(1, [10], {})).toEqual([{ from: 1, to: 10, count: 0 }]);
});

test("a stretch of durations is a query", () => {
  expect(durationQuery(1.23456, 10)).toBe("span.duration:>1.235ms span.duration:<=10ms");
  expect(durationQuery(null, 10)).toBe("span.duration:<=10ms");
});
