/** Where spans stand in a flame chart: below what caused them, and never upon another. */
import type { Trace } from "./model.ts";

/** More lanes are not looked for: beyond, spans may cover each other. */
const LANES_TRIED_MAX = 200;

/** The lane of each item, by its place. */
export function lanesOf(trace: Trace): Uint32Array {
  const lanes = new Uint32Array(trace.items.length);
  /** When the last span of each lane ends. */
  const ends: number[] = [];
  for (const { place, parent, start, duration } of trace.items) {
    const first = parent < 0 ? 0 : (lanes[parent] ?? 0) + 1;
    let lane = first;
    while (lane - first < LANES_TRIED_MAX && (ends[lane] ?? Number.NEGATIVE_INFINITY) > start) lane += 1;
    lanes[place] = lane;
    ends[lane] = Math.max(ends[lane] ?? 0, start + duration);
  }
  return lanes;
}
