/**
 * What the duration of a trace is made of: seen from the end backwards, always the span that finished last
 * was waited for. Shortening anything else does not make the trace shorter.
 */
import type { Item, Trace } from "./model.ts";

/** A stretch in which a span itself was waited for, in milliseconds since the trace began. */
export interface Stretch {
  readonly place: number;
  readonly from: number;
  readonly to: number;
}

/** A span whose way back is being walked. */
interface Open {
  readonly item: Item;
  /** The last to end comes last. */
  readonly children: Item[];
  /** The span cannot have been waited for before. */
  readonly floor: number;
  /** What lies after is explained. */
  cursor: number;
}

export function criticalPath(trace: Trace): readonly Stretch[] {
  const root = longestRoot(trace);
  if (root === undefined) return [];
  const stretches: Stretch[] = [];
  const open: Open[] = [enter(trace, root, root.start, root.start + root.duration)];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const child = top.children.pop();
    if (child === undefined) {
      add(stretches, top, top.floor);
      open.pop();
      const above = open.at(-1);
      if (above !== undefined) above.cursor = top.floor;
      continue;
    }
    const from = Math.max(child.start, top.floor);
    const to = Math.min(child.start + child.duration, top.cursor);
    if (from >= to) continue;
    add(stretches, top, to);
    open.push(enter(trace, child, from, to));
  }
  return stretches.reverse();
}

/** How long each span itself was waited for, in milliseconds. */
export function waits(path: readonly Stretch[]): ReadonlyMap<number, number> {
  const sums = new Map<number, number>();
  for (const { place, from, to } of path) sums.set(place, (sums.get(place) ?? 0) + to - from);
  return sums;
}

function add(stretches: Stretch[], open: Open, from: number): void {
  if (open.cursor > from) stretches.push({ place: open.item.place, from, to: open.cursor });
}

function enter(trace: Trace, item: Item, floor: number, cursor: number): Open {
  const children: Item[] = [];
  for (let place = item.place + 1; place < item.end; ) {
    const child = trace.items[place];
    if (child === undefined) break;
    children.push(child);
    place = child.end;
  }
  children.sort((a, b) => a.start + a.duration - (b.start + b.duration));
  return { item, children, floor, cursor };
}

function longestRoot(trace: Trace): Item | undefined {
  let longest: Item | undefined;
  for (let place = 0; place < trace.items.length; ) {
    const root = trace.items[place];
    if (root === undefined) break;
    if (root.of.event_type === "span" && (longest === undefined || root.duration > longest.duration))
      longest = root;
    place = root.end;
  }
  return longest;
}
