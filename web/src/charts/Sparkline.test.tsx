import { expect, test } from "vitest";
import { squeeze } from "./Sparkline.tsx";

test.each([
  [[1, 2, 3], 5, [1, 2, 3]],
  [[1, 2, 3, 4], 2, [3, 7]],
  [[1, 2, 3, 4, 5], 2, [6, 9]],
  [[], 4, []],
])("%j in at most %i bars is %j", (values, most, expected) => {
  expect(squeeze(values, most)).toEqual(expected);
});
