// What hands are worth.
import { describe, expect, it } from "vitest";
import { cardName, readCard, worthName } from "./cards";

describe("worthName", () => {
  it.each([
    ["AS KH", "blackjack"],
    ["AS 6H", "soft 17"],
    ["AS 6H TD", "17"],
    ["AS AH 9C", "soft 21"],
    ["TS 6H 9D", "bust with 25"],
    ["10S 5H", "15"],
    ["", ""],
  ])("%s", (hand, name) => {
    expect(worthName(hand.split(" ").filter(Boolean).map(readCard))).toBe(name);
  });
});

describe("cardName", () => {
  it.each([
    ["TS", "10 of spades"],
    ["qd", "queen of diamonds"],
    ["A", "ace"],
    ["1X", "?"],
  ])("%s", (text, name) => {
    expect(cardName(readCard(text))).toBe(name);
  });
});
