// The slow ways say the same as the fast ones; only the time differs.
import { describe, expect, it } from "vitest";
import { countNames, formatAmount, formatDate, namesakes } from "./cells";
import type { PlayerRecord } from "./gateway";

const players: PlayerRecord[] = ["Inês Nogueira", "Ines Nogueira", "Poppy Marlowe", "INÊS NOGUEIRA"].map(
  (name, at) => ({
    id: `p-${at}`,
    name,
    market: "pt",
    currency: "EUR",
    kyc: "none",
    pays: "wallet",
  }),
);

describe.each([
  ["fast", false],
  ["slow", true],
])("%s cells", (_, slow) => {
  it("format what there is", () => {
    expect(formatDate("2026-01-02T03:04:05Z", slow)).toBe("2 Jan 2026, 03:04");
    expect(formatDate(undefined, slow)).toBe("–");
    expect(formatAmount(123_456, "EUR", slow)).toBe("€1,234.56");
    expect(formatAmount(undefined, "EUR", slow)).toBe("–");
  });

  it("count namesakes without regard to accents and case", () => {
    const counts = countNames(players);
    expect(players.map((player) => namesakes(player, players, counts, slow))).toEqual([2, 2, 0, 2]);
  });
});
