/** Siblings that do the same again and again, such as a query for each of many things. */
import { hasFailed, type Item, type Trace, titleOf } from "./model.ts";

export interface Repeat {
  /** Place of the first of them, which stands for all while they are folded. */
  readonly head: number;
  readonly places: readonly number[];
  /** Place after the last of all that they caused. */
  readonly end: number;
  /** Of all of them, in milliseconds. */
  readonly duration: number;
}

/** Fewer are not worth folding. */
export const REPEATS_MIN = 5;

/** By the place of the first. What failed is never folded away. */
export function repeatsOf(trace: Trace): ReadonlyMap<number, Repeat> {
  const found = new Map<number, Repeat>();
  for (const parent of trace.items) {
    if (parent.children < REPEATS_MIN) continue;
    let run: Item[] = [];
    let before = "";
    for (let place = parent.place + 1; place < parent.end; ) {
      const item = trace.items[place];
      if (item === undefined) break;
      const shape = shapeOf(item);
      if (shape === "" || shape !== before) {
        add(found, run);
        run = [];
      }
      if (shape !== "") run.push(item);
      before = shape;
      place = item.end;
    }
    add(found, run);
  }
  return found;
}

function add(found: Map<number, Repeat>, run: readonly Item[]): void {
  const [first, last] = [run[0], run.at(-1)];
  if (first === undefined || last === undefined || run.length < REPEATS_MIN) return;
  found.set(first.place, {
    head: first.place,
    places: run.map(({ place }) => place),
    end: last.end,
    duration: run.reduce((sum, { duration }) => sum + duration, 0),
  });
}

/** What a span does without what varies; empty for what stays on its own. */
function shapeOf({ of }: Item): string {
  if (of.event_type !== "span" || hasFailed(of)) return "";
  const title = titleOf(of)
    .replace(/'[^']*'|"[^"]*"/g, "?")
    .replace(/\b[0-9a-f]{8,}\b|\d+/gi, "?");
  return `${of.project_slug}\n${of.op}\n${title}`;
}

/** Places of the repeats that an item, or what caused it, is inside of. */
export function repeatsAround(repeats: ReadonlyMap<number, Repeat>, place: number): readonly number[] {
  const heads: number[] = [];
  for (const { head, end } of repeats.values()) if (place > head && place < end) heads.push(head);
  return heads;
}
