import { expect, test } from "vitest";
import type { FlameDiff } from "../api/profile-types.ts";
import { boxesOfDiff, mostMoved, shadeOf } from "./diff.ts";

const fn = (name: string) => ({ name, module: "casino", file: "", line: 0, inApp: true });
const side = { version: "1", profiles: 1, extent: { profiles: 1, bytes: 1, unreadable: 0, isCut: false } };

/** `main` called `a` (4 ms, now 8) and `gone` (6 ms, now never); `b` (2 ms in `a`) is new. */
const DIFF: FlameDiff = {
  project: "bets",
  before: side,
  after: side,
  functions: [fn("main"), fn("a"), fn("b"), fn("gone")],
  rows: [
    [0, -1, 0, 0, 10_000_000, 8_000_000],
    [1, 0, 0, 0, 10_000_000, 8_000_000],
    [2, 1, 4_000_000, 6_000_000, 4_000_000, 8_000_000],
    [3, 2, 0, 2_000_000, 0, 2_000_000],
    [2, 3, 6_000_000, 0, 6_000_000, 0],
  ],
};

test("boxes are as wide as the mean and lie within their callers", () => {
  const { boxes, total, own } = boxesOfDiff(DIFF);
  const drawn = [...boxes.label].map(
    (at, place) =>
      `${boxes.labels[at]?.name} ${boxes.start[place]}-${boxes.end[place]} ${total[place]?.before}>${total[place]?.after} self ${own[place]?.before}>${own[place]?.after}`,
  );
  expect(drawn).toEqual([
    "main 0-9 10>8 self 0>0",
    "a 0-6 4>8 self 4>6",
    "gone 6-9 6>0 self 6>0",
    "b 0-1 0>2 self 0>2",
  ]);
});

test.each([
  [
    { before: 4, after: 8 },
    { tone: "slower", strength: 0.5 },
  ],
  [
    { before: 8, after: 4 },
    { tone: "faster", strength: 0.5 },
  ],
  [
    { before: 0, after: 1 },
    { tone: "slower", strength: 1 },
  ],
  [
    { before: 1, after: 0 },
    { tone: "faster", strength: 1 },
  ],
  [
    { before: 100, after: 101 },
    { tone: "same", strength: 0 },
  ],
  [
    { before: 0, after: 0 },
    { tone: "same", strength: 0 },
  ],
])("%o is painted %o", (times, shade) => {
  expect(shadeOf(times)).toEqual(shade);
});

test("functions that changed most come first", () => {
  const diff = boxesOfDiff(DIFF);
  const names = (most: number) => mostMoved(diff, most).map(({ label }) => diff.boxes.labels[label]?.name);
  expect(names(9)).toEqual(["gone", "a", "b"]);
  expect(names(1)).toEqual(["gone"]);
});
