// The roulette table: every spot has the numbers it says, and chips become bets.
import { describe, expect, it } from "vitest";
import { COLUMNS, colourOf, DOZENS, describeBet, EVENS, STRAIGHT, toBets, WHEEL } from "./bets";

describe("the table", () => {
  it("has 37 pockets, 18 red and 18 black", () => {
    expect(new Set(WHEEL).size).toBe(37);
    const count = (colour: string) => WHEEL.filter((number) => colourOf(number) === colour).length;
    expect([count("red"), count("black"), count("green")]).toEqual([18, 18, 1]);
  });

  it.each([
    ["straight", STRAIGHT, 1],
    ["dozen", [...DOZENS, ...COLUMNS], 12],
    ["even", EVENS, 18],
  ])("%s bets cover as many numbers as they pay for", (kind, spots, covered) => {
    for (const spot of spots) {
      expect(spot.kind).toBe(kind);
      expect(new Set(spot.numbers).size).toBe(covered);
    }
  });

  it("covers every number but zero once per group", () => {
    for (const group of [DOZENS, COLUMNS]) {
      expect(group.flatMap(({ numbers }) => numbers).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 36 }, (_, at) => at + 1),
      );
    }
  });
});

describe("toBets", () => {
  it("adds up the chips on a spot", () => {
    const bets = toBets([
      { spot: "n17", minor: 100 },
      { spot: "red", minor: 500 },
      { spot: "n17", minor: 1_000 },
    ]);
    expect(bets).toEqual([
      { kind: "straight", numbers: [17], stake_minor: 1_100 },
      expect.objectContaining({ kind: "even", stake_minor: 500 }),
    ]);
  });
});

describe("describeBet", () => {
  it.each([
    [[17], "17"],
    [[1, 2, 4, 5], "1, 2, 4, 5"],
    [Array.from({ length: 12 }, (_, at) => at + 1), "1 – 12"],
    [Array.from({ length: 13 }, (_, at) => at), "13 numbers"],
  ])("%j", (numbers, text) => {
    expect(describeBet(numbers)).toBe(text);
  });
});
