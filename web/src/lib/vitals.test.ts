import { expect, test } from "vitest";
import { VITALS } from "./urlstate.ts";
import { formatVital, overallScore, ratingOf, scoreRating } from "./vitals.ts";

test.each([
  ["lcp", 2499, "good"],
  ["lcp", 2500, "meh"],
  ["lcp", 4000, "poor"],
  ["cls", 0.1, "meh"],
  ["inp", 100, "good"],
] as const)("%s of %d is %s", (vital, value, rating) => {
  expect(ratingOf(vital, value)).toBe(rating);
});

test("the score is made of the vitals there are", () => {
  const row = { "performance_score(score.lcp)": 1, "performance_score(score.ttfb)": 0 };
  expect(overallScore(row, VITALS)).toBeCloseTo(0.75);
  expect(overallScore({}, VITALS)).toBeNull();
  expect([scoreRating(0.9), scoreRating(0.5), scoreRating(0.49)]).toEqual(["good", "meh", "poor"]);
});

test("only the layout shift has no unit", () => {
  expect(formatVital("cls", 0.1234)).toBe("0.123");
  expect(formatVital("lcp", 2500)).toBe("2.50 s");
});
