import { expect, test } from "vitest";
import * as format from "./format.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");

test.each([
  ["2026-11-22T12:00:00Z", "0s"],
  ["2026-11-22T11:59:48Z", "12s"],
  ["2026-11-22T11:01:00Z", "59m"],
  ["2026-11-22T09:00:00Z", "3h"],
  ["2026-11-17T12:00:00Z", "5d"],
  ["2024-11-01T12:00:00Z", "2y"],
  // The sender's clock may run ahead of ours.
  ["2026-11-22T12:30:00Z", "0s"],
  ["not a time", "—"],
])("the age of %s is %s", (time, expected) => {
  expect(format.formatAge(time, NOW)).toBe(expected);
});

test.each([
  [0, "0 s"],
  [-5310, "−5.31 s"],
  [-40, "−40 ms"],
  [120_000, "+2 min"],
  [-7_200_000, "−2 h"],
])("an offset of %i ms is %s", (ms, expected) => {
  expect(format.formatOffset(ms)).toBe(expected);
});

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1536, "1.5 KB"],
  [37_511, "36.6 KB"],
  [104_857_600, "100 MB"],
])("%i bytes are %s", (bytes, expected) => {
  expect(format.formatBytes(bytes)).toBe(expected);
});

test.each([
  ["shop@4.12.0+88", "4.12.0+88"],
  ["4.12.0", "4.12.0"],
  ["c41f9aeb01c41f9aeb01c41f9aeb01c41f9aeb01", "c41f9aeb01c4"],
])("release %s is shown as %s", (version, expected) => {
  expect(format.formatRelease(version)).toBe(expected);
});

test.each([
  ["Marta Kowal", "MK"],
  ["marta.kowal@fairpit.example", "MK"],
  ["jo@fairpit.example", "JO"],
  ["Pitwatch", "PI"],
])("%s has the initials %s", (name, expected) => {
  expect(format.initials(name)).toBe(expected);
});

test("counts come as numbers and as text", () => {
  expect(format.formatCount("12480")).toBe(format.formatCount(12_480));
  expect(format.formatCount("many")).toBe("many");
});

test("a share that is not nothing is never shown as nothing", () => {
  expect(format.formatPercent(0.001)).toBe("<1%");
  expect(format.formatPercent(0)).toBe("0%");
});

test("chances are two digits, and at last only small", () => {
  expect([0.0321, 0.5, 0.00001].map(format.formatChance)).toEqual(["p = 0.032", "p = 0.5", "p < 0.001"]);
});
