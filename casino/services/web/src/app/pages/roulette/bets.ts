// The cells of the roulette table, and what lies on them.
import type { RouletteBet } from "../../gateway/bodies";

/** Clockwise, from the zero. */
export const WHEEL: readonly number[] = [
  0, 32, 15, 19, 4, 21, 2, 25, 17, 34, 6, 27, 13, 36, 11, 30, 8, 23, 10, 5, 24, 16, 33, 1, 20, 14, 31, 9, 22,
  18, 29, 7, 28, 12, 35, 3, 26,
];

const RED = new Set([1, 3, 5, 7, 9, 12, 14, 16, 18, 19, 21, 23, 25, 27, 30, 32, 34, 36]);

export type Colour = "red" | "black" | "green";

export function colourOf(number: number): Colour {
  if (number === 0) return "green";
  return RED.has(number) ? "red" : "black";
}

export interface Spot {
  readonly id: string;
  readonly text: string;
  readonly kind: RouletteBet["kind"];
  readonly numbers: readonly number[];
  readonly colour: Colour | "none";
}

const NUMBERS = Array.from({ length: 36 }, (_, at) => at + 1);

function outside(
  id: string,
  text: string,
  kind: RouletteBet["kind"],
  has: (number: number) => boolean,
): Spot {
  const colour = id === "red" || id === "black" ? id : "none";
  return { id, text, kind, numbers: NUMBERS.filter(has), colour };
}

export const STRAIGHT: readonly Spot[] = [0, ...NUMBERS].map((number) => ({
  id: `n${number}`,
  text: `${number}`,
  kind: "straight",
  numbers: [number],
  colour: colourOf(number),
}));

export const COLUMNS: readonly Spot[] = [1, 2, 0].map((rest, at) =>
  outside(`c${at}`, `Column ${at + 1}`, "dozen", (n) => n % 3 === rest),
);

export const DOZENS: readonly Spot[] = [
  outside("d1", "1 – 12", "dozen", (n) => n <= 12),
  outside("d2", "13 – 24", "dozen", (n) => n > 12 && n <= 24),
  outside("d3", "25 – 36", "dozen", (n) => n > 24),
];

export const EVENS: readonly Spot[] = [
  outside("low", "1 – 18", "even", (n) => n <= 18),
  outside("even", "Even", "even", (n) => n % 2 === 0),
  outside("red", "Red", "even", (n) => colourOf(n) === "red"),
  outside("black", "Black", "even", (n) => colourOf(n) === "black"),
  outside("odd", "Odd", "even", (n) => n % 2 === 1),
  outside("high", "19 – 36", "even", (n) => n > 18),
];

const SPOTS = new Map([...STRAIGHT, ...COLUMNS, ...DOZENS, ...EVENS].map((spot) => [spot.id, spot]));

/** Chips in the order they were laid, so that the last can be taken back. */
export interface Chip {
  readonly spot: string;
  readonly minor: number;
}

export function onSpots(chips: readonly Chip[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { spot, minor } of chips) sums.set(spot, (sums.get(spot) ?? 0) + minor);
  return sums;
}

export function toBets(chips: readonly Chip[]): RouletteBet[] {
  return [...onSpots(chips)].flatMap(([id, stake_minor]) => {
    const spot = SPOTS.get(id);
    return spot === undefined ? [] : [{ kind: spot.kind, numbers: spot.numbers, stake_minor }];
  });
}

/** What a bet of somebody else is on, in words. */
export function describeBet(numbers: readonly number[]): string {
  if (numbers.length <= 6) return numbers.join(", ");
  const same = [...SPOTS.values()].find(
    (spot) => spot.numbers.length === numbers.length && spot.numbers.every((n) => numbers.includes(n)),
  );
  return same?.text.toLowerCase() ?? `${numbers.length} numbers`;
}
