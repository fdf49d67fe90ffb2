import { isObject } from "../json.ts";
import type { StatsPoint } from "./types.ts";

/** Values over time under a name, which is empty for a series that came alone. */
export interface AxisSeries {
  readonly name: string;
  readonly points: readonly StatsPoint[];
}

/** Event counts of one level (or of everything, `level` then being empty). */
export interface LevelSeries {
  readonly level: string;
  readonly points: readonly StatsPoint[];
}

/** Reads an `events-stats` answer: one series comes bare, several come under their names. */
export function axesOf(answer: unknown): AxisSeries[] {
  if (!isObject(answer)) return [];
  if (Array.isArray(answer.data)) return [{ name: "", points: pointsOf(answer.data) }];
  const series: AxisSeries[] = [];
  for (const [name, one] of Object.entries(answer)) {
    if (isObject(one) && Array.isArray(one.data)) series.push({ name, points: pointsOf(one.data) });
  }
  return series;
}

/** The same by level: a name is the level, or `level,axis` from servers that name the axis too. */
export function seriesOf(answer: unknown): LevelSeries[] {
  return axesOf(answer).map(({ name, points }) => ({ level: name.split(",")[0] ?? name, points }));
}

function pointsOf(data: readonly unknown[]): StatsPoint[] {
  const points: StatsPoint[] = [];
  for (const row of data) {
    if (!Array.isArray(row)) continue;
    const [seconds, counts]: unknown[] = row;
    const first: unknown = Array.isArray(counts) ? counts[0] : undefined;
    const count = isObject(first) ? first.count : undefined;
    if (typeof seconds === "number") points.push([seconds, typeof count === "number" ? count : 0]);
  }
  return points;
}
