import { expect, test } from "vitest";
import type { Difference } from "./api/trace-types.ts";
import { FAILED, RELEASES, SLOW, setsOf, together } from "./compare.ts";

const known = { slow: 812.34, newest: "a@2", before: "a@1" };

test("what is on screen is divided into two sets", () => {
  expect(setsOf(SLOW, known)).toEqual({ left: "span.duration:>812.3ms", right: undefined });
  expect(setsOf(RELEASES, known)).toEqual({ left: "release:a@2", right: "release:a@1" });
  expect(setsOf(FAILED, known)?.left).toContain("span.status");
  expect(setsOf(SLOW, { ...known, slow: null })).toBeNull();
  expect(setsOf(RELEASES, { ...known, before: undefined })).toBeNull();
});

test("attributes that say the same are listed once", () => {
  const of = (key: string, left: number): Difference => ({
    key,
    score: 0.5,
    left,
    right: 9,
    values: [{ value: key, left, right: 1, leftShare: 1, rightShare: 0.1, difference: 0.9 }],
  });
  const found = together([of("user", 5), of("market", 7), of("user.id", 5)]);
  expect(found.map(({ difference, alike }) => [difference.key, alike])).toEqual([
    ["user", ["user.id"]],
    ["market", []],
  ]);
});
