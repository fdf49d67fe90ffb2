import { expect, test } from "vitest";
import { buckets } from "../../charts/levels.ts";
import { seriesOf } from "./series.ts";

const data = (...counts: number[]) => counts.map((count, index) => [index * 60, [{ count }]]);

test("one series comes bare, several by level", () => {
  expect(seriesOf({ data: data(1, 2) })).toEqual([
    {
      level: "",
      points: [
        [0, 1],
        [60, 2],
      ],
    },
  ]);
  const many = seriesOf({
    error: { data: data(1), order: 0 },
    "warning,count()": { data: data(2), order: 1 },
  });
  expect(many.map((one) => one.level)).toEqual(["error", "warning"]);
});

test.each([[null], ["text"], [[]], [{ error: 5 }], [{ data: [[1], "x", null] }]])(
  "%j does not break it",
  (answer) => {
    expect(() => seriesOf(answer)).not.toThrow();
  },
);

test("levels of one colour are added up, missing buckets are zero", () => {
  const series = seriesOf({
    error: { data: data(1, 2) },
    fatal: { data: data(3) },
    info: { data: data(0, 5) },
  });
  expect(
    buckets(series).map((bucket) => [bucket.time, bucket.counts.error, bucket.counts.info, bucket.total]),
  ).toEqual([
    [0, 4, 0, 4],
    [60_000, 2, 5, 7],
  ]);
});
