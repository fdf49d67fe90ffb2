import { expect, test } from "vitest";
import type { Finding } from "../../lib/api/release-types.ts";
import { formatChange, verdictText } from "./verdicts.ts";

function found(verdict: Finding["verdict"], p: number | null, change: number | null = 0.2): Finding {
  return { verdict, p, change };
}

test("what was found is said with the chance and the test", () => {
  expect(verdictText(found("significant", 0.00001), "ranks")).toBe(
    "More than chance: p < 0.001 by Mann–Whitney’s test of ranks",
  );
  expect(verdictText(found("noise", 0.4), "proportions")).toBe(
    "Chance does this as well: p = 0.4 by the test of two proportions",
  );
  expect(verdictText(found("noise", 0.03), "means")).toMatch(/^Less than 5 %, or not certain enough/);
  expect(verdictText(found("tooFew", null), "means")).toBe("Too few values to tell");
});

test("changes are short", () => {
  expect(formatChange(found("noise", 1, -0.125))).toBe("−12.5%");
  expect(formatChange(found("noise", 1, null))).toBe("—");
});
