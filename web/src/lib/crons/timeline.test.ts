import { expect, test } from "vitest";
import { bucketsOf, gridOf, totalsOf, worst } from "./timeline.ts";

const NOW = Date.UTC(2026, 10, 22, 10, 20);

test("the grid ends with the bucket that is going on", () => {
  const grid = gridOf("48h", NOW);
  expect(grid.until).toBe(Date.UTC(2026, 10, 22, 10, 30) / 1000);
  expect(grid.until - grid.since).toBe(48 * 3600);
  expect(gridOf("48h", NOW + 9 * 60_000)).toEqual(grid);
  expect(gridOf("48h", NOW + 10 * 60_000)).not.toEqual(grid);
  const month = gridOf("30d", NOW);
  expect((month.until - month.since) / month.rollup).toBe(120);
});

test("the worst of a bucket is shown", () => {
  expect(worst({ ok: 5, missed: 1 })).toBe("missed");
  expect(worst({ ok: 5, error: 1, timeout: 1 })).toBe("error");
  expect(worst({ ok: 0 })).toBeNull();
  expect(worst(undefined)).toBeNull();
});

test("there is a bucket for every place, and finer ones are added up", () => {
  const grid = { since: 0, until: 3600, rollup: 1200 };
  const buckets = bucketsOf(
    grid,
    [
      [0, { production: { ok: 1 }, dev: { error: 9 } }],
      [600, { production: { ok: 2, missed: 1 } }],
      [2400, { production: { in_progress: 1 } }],
    ],
    "production",
  );
  expect(buckets.map(({ at, tick }) => [at, tick])).toEqual([
    [0, "missed"],
    [1200, null],
    [2400, "in_progress"],
  ]);
  expect(totalsOf(buckets)).toMatchObject({ ok: 3, missed: 1, in_progress: 1, error: 0 });
});
