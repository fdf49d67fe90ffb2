/** Two flame graphs in one: boxes, and what each call took before and takes now. */
import type { FlameDiff } from "../api/profile-types.ts";
import { type Boxes, boxesOfTree } from "./boxes.ts";

/** Milliseconds per profile. */
export interface Times {
  readonly before: number;
  readonly after: number;
}

export interface DiffBoxes {
  readonly boxes: Boxes;
  /** For each box the time in it and all it called. */
  readonly total: readonly Times[];
  /** For each box the time in itself. */
  readonly own: readonly Times[];
}

export type Tone = "slower" | "faster" | "same";

/** How a box is painted: which way it changed, and how much of it, from 0 to 1. */
export interface Shade {
  readonly tone: Tone;
  readonly strength: number;
}

/** A function by what it takes more or less in itself. */
export interface Moved {
  readonly label: number;
  readonly times: Times;
}

/** Changes below this part of the time are not worth a colour. */
const CHANGE_MIN = 0.02;
const NANOS_PER_MICRO = 1000;
const NANOS_PER_MS = 1e6;

/**
 * A box is as wide as the mean of both sides: such widths add up from the callees to the caller, and what is
 * gone can still be seen.
 */
export function boxesOfDiff(diff: FlameDiff): DiffBoxes {
  const mean = (before = 0, after = 0) => (before + after) / 2 / NANOS_PER_MICRO;
  const boxes = boxesOfTree({
    functions: diff.functions,
    rows: diff.rows.map(([depth = 0, fn = -1, ownBefore, ownAfter, before, after]) => [
      depth,
      fn,
      mean(ownBefore, ownAfter),
      mean(before, after),
    ]),
  });
  const times = (column: number): Times[] =>
    Array.from(boxes.row, (row) => ({
      before: (diff.rows[row]?.[column] ?? 0) / NANOS_PER_MS,
      after: (diff.rows[row]?.[column + 1] ?? 0) / NANOS_PER_MS,
    }));
  return { boxes, own: times(2), total: times(4) };
}

/** Which way it changed, and how strongly. */
export function shadeOf({ before, after }: Times): Shade {
  const most = Math.max(before, after);
  const part = most > 0 ? (after - before) / most : 0;
  if (Math.abs(part) < CHANGE_MIN) return { tone: "same", strength: 0 };
  return { tone: part > 0 ? "slower" : "faster", strength: Math.abs(part) };
}

/** Functions that take more or less in themselves wherever they are called, the largest change first. */
export function mostMoved({ boxes, own }: DiffBoxes, most: number): readonly Moved[] {
  const sums = new Map<string, { label: number; times: { before: number; after: number } }>();
  for (const [place, at] of boxes.label.entries()) {
    const label = boxes.labels[at];
    const times = own[place];
    if (label === undefined || times === undefined) continue;
    const key = `${label.place} ${label.name}`;
    const known = sums.get(key) ?? { label: at, times: { before: 0, after: 0 } };
    known.times.before += times.before;
    known.times.after += times.after;
    sums.set(key, known);
  }
  const by = ({ times }: Moved) => Math.abs(times.after - times.before);
  const changed = [...sums.values()].filter(({ times }) => shadeOf(times).tone !== "same");
  return changed.toSorted((a, b) => by(b) - by(a)).slice(0, most);
}
