import type { LevelSeries } from "../lib/api/series.ts";

/** Levels that share a colour in a stacked chart, from the bottom up. */
export type Band = "info" | "warning" | "error" | "other";
export const BANDS: readonly Band[] = ["other", "info", "warning", "error"];

export interface Bucket {
  /** Start, in milliseconds since 1970. */
  readonly time: number;
  readonly counts: Readonly<Record<Band, number>>;
  readonly total: number;
}

export function bandOf(level: string): Band {
  if (level === "error" || level === "fatal") return "error";
  if (level === "warning") return "warning";
  if (level === "info" || level === "debug") return "info";
  return "other";
}

/** Puts series on one time axis. Series may lack buckets or come in any order. */
export function buckets(series: readonly LevelSeries[]): Bucket[] {
  const rows = new Map<number, Record<Band, number>>();
  for (const { level, points } of series) {
    const band = bandOf(level);
    for (const [seconds, count] of points) {
      const row = rows.get(seconds) ?? { other: 0, info: 0, warning: 0, error: 0 };
      row[band] += count;
      rows.set(seconds, row);
    }
  }
  return [...rows]
    .sort(([a], [b]) => a - b)
    .map(([seconds, counts]) => ({
      time: seconds * 1000,
      counts,
      total: counts.other + counts.info + counts.warning + counts.error,
    }));
}
