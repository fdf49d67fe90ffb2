import { type Trace, titleOf } from "./model.ts";

/** What a row can be found by, in small letters. Not by its transaction: all of a service share it. */
export function searchTexts(trace: Trace): readonly string[] {
  return trace.items.map(({ of, key }) => {
    const words =
      of.event_type === "span"
        ? [of.op, of.name, titleOf(of), of.project_slug, of.status ?? "", key]
        : [of.title, of.culprit, of.project_slug, of.level, of.short_id ?? "", key];
    return words.join("\n").toLowerCase();
  });
}

/** Places of the rows that have all the words, in order; an empty query finds nothing. */
export function findRows(texts: readonly string[], query: string): readonly number[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return [];
  const found: number[] = [];
  for (const [place, text] of texts.entries()) {
    if (words.every((word) => text.includes(word))) found.push(place);
  }
  return found;
}

/** The next of some places, in order, from a place on; after the last comes the first. */
export function nextPlace(places: readonly number[], from: number, step: 1 | -1): number | undefined {
  if (step === 1) return places.find((place) => place > from) ?? places[0];
  return places.findLast((place) => place < from) ?? places.at(-1);
}
