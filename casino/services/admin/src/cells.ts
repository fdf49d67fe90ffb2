// What stands in the cells. The slow ways are the ones this page had for years; `adminSlowRender` brings them back.
import type { PlayerRecord } from "./gateway";

const DATE: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" };
const date = new Intl.DateTimeFormat("en-GB", DATE);
const amounts = new Map<string, Intl.NumberFormat>();

export function formatDate(time: string | undefined, slow: boolean): string {
  const value = new Date(time ?? "");
  if (Number.isNaN(value.getTime())) return "–";
  return (slow ? new Intl.DateTimeFormat("en-GB", DATE) : date).format(value);
}

export function formatAmount(minor: number | undefined, currency: string, slow: boolean): string {
  if (minor === undefined) return "–";
  const make = () =>
    new Intl.NumberFormat("en-GB", { style: "currency", currency, currencyDisplay: "narrowSymbol" });
  if (slow) return make().format(minor / 100);
  const known = amounts.get(currency) ?? make();
  amounts.set(currency, known);
  return known.format(minor / 100);
}

const plain = (name: string) => name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** How many players have the same name. Fast: counted once for all rows. */
export function countNames(players: readonly PlayerRecord[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { name } of players) counts.set(plain(name), (counts.get(plain(name)) ?? 0) + 1);
  return counts;
}

/** Slow: every row looks at every row, every time it is drawn. */
export function namesakes(
  player: PlayerRecord,
  players: readonly PlayerRecord[],
  counts: ReadonlyMap<string, number>,
  slow: boolean,
): number {
  if (!slow) return (counts.get(plain(player.name)) ?? 1) - 1;
  return players.filter(({ id, name }) => id !== player.id && plain(name) === plain(player.name)).length;
}
