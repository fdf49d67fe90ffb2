import { expect, test } from "vitest";
import type { Sessions } from "../../lib/api/release-types.ts";
import { sharesOf, statusLines, totalOf, valuesOf } from "./sessions.ts";

const SUM = "sum(session)";
const times = {
  start: "2026-11-20T00:00:00Z",
  end: "2026-11-20T02:00:00Z",
  intervals: ["2026-11-20T00:00:00Z", "2026-11-20T01:00:00Z"],
};
const first = Date.parse(times.start) / 1000;

function byStatus(status: "healthy" | "crashed" | "errored", ...series: number[]) {
  const sum = series.reduce((one, other) => one + other, 0);
  return { by: { "session.status": status }, totals: { [SUM]: sum }, series: { [SUM]: series } };
}

test("a rate of nothing is a gap", () => {
  const rate = "crash_free_rate(session)";
  const sessions: Sessions = { ...times, groups: [{ by: {}, totals: {}, series: { [rate]: [null, 0.5] } }] };
  expect(valuesOf(sessions, rate)).toEqual([
    [first, 0],
    [first + 3600, 0.5],
  ]);
});

test("the worst sessions are at the bottom, and what never happened has no line", () => {
  const groups = [byStatus("healthy", 5, 6), byStatus("errored", 0, 0), byStatus("crashed", 1, 0)];
  const lines = statusLines({ ...times, groups }, SUM);
  expect(lines.map(({ name }) => name)).toEqual(["Crashed", "Healthy"]);
  expect(totalOf({ ...times, groups }, SUM)).toBe(12);
});

test("adoption is a share of all sessions of the same hour", () => {
  expect(
    sharesOf(
      [
        [0, 1],
        [3600, 5],
        [7200, 4],
      ],
      [
        [0, 4],
        [3600, 0],
      ],
    ),
  ).toEqual([
    [0, 0.25],
    [3600, 0],
    [7200, 0],
  ]);
});
