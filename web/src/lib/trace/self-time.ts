import type { Item } from "./model.ts";

/**
 * How long each row ran while nothing that it caused was running, in milliseconds, by place. What a service sent
 * cannot know what others did for it: seen from the caller alone, the wait for another service is its own time.
 */
export function selfTimes(items: readonly Item[]): Float64Array {
  const self = new Float64Array(items.length);
  for (const item of items) self[item.place] = item.duration - covered(items, item);
  return self;
}

/** Milliseconds in which at least one of what it caused was running. */
function covered(items: readonly Item[], of: Item): number {
  let sum = 0;
  let until = of.start;
  for (const { start, duration } of children(items, of)) {
    const from = Math.max(start, until);
    const to = Math.min(start + duration, of.start + of.duration);
    if (to <= from) continue;
    sum += to - from;
    until = to;
  }
  return sum;
}

/** By start. */
function children(items: readonly Item[], of: Item): Item[] {
  const found: Item[] = [];
  for (let place = of.place + 1; place < of.end; ) {
    const child = items[place];
    if (child === undefined) break;
    found.push(child);
    place = child.end;
  }
  return found.sort((a, b) => a.start - b.start);
}
