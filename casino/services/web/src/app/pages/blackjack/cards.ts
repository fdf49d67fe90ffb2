// Cards as the engine writes them ("TS", "10S" or "AH"), and what a hand is worth.

export interface Card {
  readonly rank: string;
  readonly suit: Suit;
}
export type Suit = "S" | "H" | "D" | "C" | "";

const SUIT_NAMES: Readonly<Record<Suit, string>> = {
  S: "spades",
  H: "hearts",
  D: "diamonds",
  C: "clubs",
  "": "",
};
const RANK_NAMES: Readonly<Record<string, string>> = { A: "ace", K: "king", Q: "queen", J: "jack" };

export function readCard(text: string): Card {
  const match = /^(10|[2-9TJQKA])([SHDC]?)$/.exec(text.toUpperCase());
  if (match === null) return { rank: "?", suit: "" };
  const rank = match[1] === "T" ? "10" : (match[1] ?? "?");
  return { rank, suit: (match[2] ?? "") as Suit };
}

export function cardName({ rank, suit }: Card): string {
  const name = RANK_NAMES[rank] ?? rank;
  return suit === "" ? name : `${name} of ${SUIT_NAMES[suit]}`;
}

export interface Worth {
  readonly total: number;
  /** An ace still counts as eleven. */
  readonly soft: boolean;
}

export function worth(cards: readonly Card[]): Worth {
  const low = cards.reduce((sum, { rank }) => sum + lowValue(rank), 0);
  const soft = low + 10 <= 21 && cards.some(({ rank }) => rank === "A");
  return { total: soft ? low + 10 : low, soft };
}

function lowValue(rank: string): number {
  if (rank === "A") return 1;
  return /^\d+$/.test(rank) ? Number(rank) : 10;
}

/** "soft 17", "12", "blackjack", "bust with 24", or nothing for no cards. */
export function worthName(cards: readonly Card[]): string {
  if (cards.length === 0) return "";
  const { total, soft } = worth(cards);
  if (total > 21) return `bust with ${total}`;
  if (total === 21 && cards.length === 2) return "blackjack";
  return soft ? `soft ${total}` : `${total}`;
}
