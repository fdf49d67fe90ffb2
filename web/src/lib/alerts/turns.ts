import type { RotationLayer } from "../api/alert-types.ts";

const DAY_MS = 24 * 60 * 60_000;

export interface Turn {
  readonly person: string;
  /** Milliseconds since 1970; to the day, as hand-overs move with the clocks. */
  readonly from: number;
}

/** The next turns of a layer. The server says who is on call now: this only shows the order. */
export function turnsOf(layer: RotationLayer, now: number, most: number): readonly Turn[] {
  const { people, turnDays } = layer;
  const starts = Date.parse(layer.starts);
  if (people.length === 0 || Number.isNaN(starts) || turnDays <= 0) return [];
  const turn = turnDays * DAY_MS;
  const first = Math.max(0, Math.floor((now - starts) / turn));
  return Array.from({ length: most }, (_, place) => ({
    person: people[(first + place) % people.length] ?? "",
    from: starts + (first + place) * turn,
  }));
}
