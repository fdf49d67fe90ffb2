import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { Histogram } from "./Histogram.tsx";

const series = [
  {
    level: "error",
    points: [
      [0, 3],
      [60, 5],
    ] satisfies [number, number][],
  },
  { level: "warning", points: [[60, 2]] satisfies [number, number][] },
];

test("the chart says in a sentence what it shows, and has a table", async () => {
  render(<Histogram series={series} />);
  expect(screen.getByRole("img", { name: /10 events; most, 7/ })).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "View as table" }));
  expect(screen.getAllByRole("row")).toHaveLength(3);
});

test("nothing is said as nothing", () => {
  render(<Histogram series={[]} />);
  expect(screen.getByRole("img", { name: "No events in this time range" })).toBeTruthy();
});
