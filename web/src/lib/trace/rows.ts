import { hasFailed, type Item, type Trace } from "./model.ts";
import type { Repeat } from "./repeats.ts";

const NO_SERVICES: ReadonlySet<string> = new Set();
const NO_REPEATS: ReadonlyMap<number, Repeat> = new Map();

/** Spans from here on are called slow: it is where people begin to notice. */
export const SLOW_MS = 100;

/** Which rows a trace is narrowed to. */
export type Only = "errors" | "path" | "slow";
export const ONLY: readonly Only[] = ["errors", "path", "slow"];

/** Places of the rows on screen: without what is folded away, and only those kept, if not all are. */
export function visibleRows(
  trace: Trace,
  folded: ReadonlySet<string>,
  kept: Uint8Array | null,
  repeats: ReadonlyMap<number, Repeat> = NO_REPEATS,
): readonly number[] {
  const rows: number[] = [];
  const { items } = trace;
  for (let place = 0; place < items.length; ) {
    const item = items[place];
    if (item === undefined) break;
    if (kept === null || kept[place] === 1) rows.push(place);
    const repeat = repeats.get(place);
    if (repeat !== undefined) place = repeat.end;
    else place = folded.size > 0 && folded.has(item.key) ? item.end : place + 1;
  }
  return rows;
}

/** Marks the rows that are wanted, and what caused them, so that they keep their place in the tree. */
export function keptRows(trace: Trace, wanted: (item: Item) => boolean): Uint8Array {
  const kept = new Uint8Array(trace.items.length);
  for (const item of trace.items) {
    if (!wanted(item)) continue;
    let place = item.place;
    while (place >= 0 && kept[place] !== 1) {
      kept[place] = 1;
      place = trace.items[place]?.parent ?? -1;
    }
  }
  return kept;
}

/** `null` where nothing narrows the trace. No services are all services. */
export function narrowed(
  trace: Trace,
  only: Only | undefined,
  path: ReadonlySet<number>,
  services: ReadonlySet<string> = NO_SERVICES,
): Uint8Array | null {
  if (only === undefined && services.size === 0) return null;
  return keptRows(
    trace,
    (item) => (services.size === 0 || services.has(item.of.project_slug)) && isWanted(item, only, path),
  );
}

function isWanted({ of, place, duration }: Item, only: Only | undefined, path: ReadonlySet<number>): boolean {
  switch (only) {
    case "errors":
      return hasFailed(of) || (of.event_type === "span" && of.occurrences.length > 0);
    case "path":
      return path.has(place);
    case "slow":
      return duration >= SLOW_MS;
    case undefined:
      return true;
  }
}

/** What has to be unfolded for an item to be seen. */
export function foldedAbove(trace: Trace, folded: ReadonlySet<string>, place: number): readonly string[] {
  const found: string[] = [];
  for (let at = trace.items[place]?.parent ?? -1; at >= 0; at = trace.items[at]?.parent ?? -1) {
    const key = trace.items[at]?.key;
    if (key !== undefined && folded.has(key)) found.push(key);
  }
  return found;
}
