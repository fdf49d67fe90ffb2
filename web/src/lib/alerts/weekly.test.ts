import { expect, test } from "vitest";
import { dayAndTime, withDay, withTime } from "./weekly.ts";

test("a moment of the week is read and changed in its parts", () => {
  expect(dayAndTime("Tue 06:30")).toEqual(["Tue", "06:30"]);
  expect(dayAndTime("someday")).toEqual(["Mon", "00:00"]);
  expect(withDay("Tue 06:30", "Sun")).toBe("Sun 06:30");
  expect(withTime("Tue 06:30", "23:15")).toBe("Tue 23:15");
  expect(withTime("Tue 06:30", "")).toBe("Tue 00:00");
});
