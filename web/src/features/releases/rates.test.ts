import { expect, test } from "vitest";
import { axisFloor, formatAdoption, formatFree, formatPoints, freeTone } from "./rates.ts";

test.each([
  [1, "100%"],
  [0.99999, "99.99%"],
  [0.9951, "99.51%"],
  [0.57, "57%"],
  [0, "0%"],
  [null, "—"],
])("%s crash-free is %s", (share, expected) => {
  expect(formatFree(share)).toBe(expected);
});

test("differences have a sign, adoption one digit", () => {
  expect(formatPoints(-0.0312)).toBe("−3.12");
  expect(formatPoints(0.001)).toBe("+0.1");
  expect(formatAdoption(0.1234)).toBe("12.3%");
  expect(formatAdoption(null)).toBe("—");
});

test("few crashes are good", () => {
  expect([0.9, 0.985, 0.999].map(freeTone)).toEqual(["bad", "fair", "good"]);
});

test("an axis begins below its lowest point, and hours without sessions do not count", () => {
  expect(axisFloor([1, 0.9995])).toBe(0.999);
  expect(axisFloor([0, 1, 0.97])).toBe(0.95);
  expect(axisFloor([0.2])).toBe(0);
  expect(axisFloor([])).toBe(0.999);
});
