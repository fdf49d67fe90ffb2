import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { bucketAt, stretches, TimeSeries } from "./TimeSeries.tsx";

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

test("bars of several lines stand on each other, up to the sum", () => {
  const lines = [
    { name: "Healthy", points },
    { name: "Crashed", points },
  ];
  const { container } = render(
    <TimeSeries title="Sessions" lines={lines} shape="bars" format={String} height={104} />,
  );
  const bars = [...container.querySelectorAll('[role="img"] rect')].map((bar) => [
    Number(bar.getAttribute("y")),
    Number(bar.getAttribute("height")),
  ]);
  const third = points.length + 2;
  expect(screen.getByRole("img", { name: /14/ })).toBeTruthy();
  expect(bars[2]).toEqual([54, 50]);
  expect(bars[third]).toEqual([4, 50]);
});

test("a line can begin above zero", () => {
  const lines = [
    {
      name: "Crash-free",
      points: [
        [60, 0.98],
        [120, 1],
      ] satisfies [number, number][],
    },
  ];
  const { container } = render(
    <TimeSeries title="Rate" lines={lines} shape="line" format={String} floor={0.96} height={104} />,
  );
  expect(container.querySelector("polyline")?.getAttribute("points")).toBe("5,54.0 15,4.0");
  expect(screen.getByText("0.96")).toBeTruthy();
});
