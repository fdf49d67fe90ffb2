// The slot as the player may know it: symbols, reels, lines and prizes. The engine decides; this is for drawing.

export interface SlotSymbol {
  readonly key: string;
  readonly name: string;
  readonly drawing: string;
  /** In coins for three of a kind; a stake is five coins, one per line. */
  readonly pays: number;
}

export const SYMBOLS: readonly SlotSymbol[] = [
  { key: "W", name: "Moon, wild", drawing: "wild", pays: 1000 },
  { key: "7", name: "Seven", drawing: "seven", pays: 200 },
  { key: "B", name: "Bell", drawing: "bell", pays: 120 },
  { key: "C", name: "Cherry", drawing: "cherry", pays: 20 },
  { key: "P", name: "Plum", drawing: "plum", pays: 10 },
  { key: "G", name: "Grapes", drawing: "grape", pays: 8 },
  { key: "L", name: "Lemon", drawing: "lemon", pays: 5 },
];

const BY_KEY = new Map(SYMBOLS.map((symbol) => [symbol.key, symbol]));
const BLANK: SlotSymbol = { key: "?", name: "Unknown", drawing: "wild", pays: 0 };

export function symbolOf(key: string): SlotSymbol {
  return BY_KEY.get(key) ?? BLANK;
}

export const REELS: readonly string[] = [
  "LPCLGPLBCGLP7LGPCLGPWL",
  "PLGCPLGBPLCGPL7GPLCGWP",
  "GPLGCPLGBPLGCPLG7LPGWC",
];

export const ROWS = 3;

/** Row of each reel, for each line; the engine counts lines from 1. */
export const LINES: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [0, 0, 0],
  [2, 2, 2],
  [0, 1, 2],
  [2, 1, 0],
];

export const LINE_NAMES = ["middle", "top", "bottom", "falling", "rising"];

/** The cells, as "reel:row", through which winning lines go. */
export function winningCells(lines: readonly { readonly line: number }[]): ReadonlySet<string> {
  const cells = new Set<string>();
  for (const { line } of lines) {
    LINES[line - 1]?.forEach((row, reel) => {
      cells.add(`${reel}:${row}`);
    });
  }
  return cells;
}

/** What passes the window while a reel comes to rest: the result, some of the reel, what was there before. */
export function stripTo(target: string, before: string, reel: string, turns: number): string {
  const start = Math.max(0, reel.indexOf(target.charAt(0)));
  let passing = "";
  for (let step = 0; step < turns; step += 1) passing += reel.charAt((start + ROWS + step) % reel.length);
  return target + passing + before;
}

/** Rare symbols come to rest more slowly. There is no symbol below the last row. */
export function suspenseMs(window: string, row: number): number {
  const symbol = SYMBOLS.find(({ key }) => key === [...window][row]) as SlotSymbol;
  return Math.min(300, symbol.pays);
}

/** The frames of a strip that is `count` symbols long: from its lower end to its upper, a little too far, and back. */
export function framesOf(count: number): Keyframe[] {
  const cell = 100 / count;
  return [
    { transform: `translateY(${-cell * (count - ROWS)}%)` },
    { transform: `translateY(${cell * 0.12}%)`, offset: 0.86 },
    { transform: "translateY(0)" },
  ];
}
