import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { apart, bucketAt, stretches, TimeSeries } from "./TimeSeries.tsx";

const points = [
  [60, 0],
  [120, 5],
  [180, 7],
  [240, 0],
  [300, 3],
] satisfies [number, number][];

test("a line without gaps is whole, and else is broken where nothing was measured", () => {
  expect(stretches(points, false)).toEqual([[0, 1, 2, 3, 4]]);
  expect(stretches(points, true)).toEqual([[1, 2], [4]]);
});

test("a moment lies in the bucket it began in", () => {
  expect([59_999, 60_000, 359_999, 360_000].map((ms) => bucketAt(points, ms))).toEqual([-1, 0, 4, -1]);
  expect(bucketAt([], 0)).toBe(-1);
});

test("marks that would cover each other are one", () => {
  const marks = [50, 52, 90, 200].map((time) => ({ time, label: `r${time}` }));
  expect(apart(marks, 0, 100)).toEqual([
    { share: 0.5, labels: ["r50", "r52"] },
    { share: 0.9, labels: ["r90"] },
  ]);
});

test("a chart of several lines has a table of all of them", async () => {
  const lines = [
    { name: "p50", points },
    { name: "p95", points },
  ];
  render(<TimeSeries title="Duration" lines={lines} shape="line" format={String} gaps />);
  expect(screen.getByRole("img", { name: /Duration/ })).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "View as table" }));
  expect(screen.getAllByRole("columnheader").map(({ textContent }) => textContent)).toEqual([
    "Time",
    "p50",
    "p95",
  ]);
  expect(screen.getAllByRole("row")).toHaveLength(6);
});
