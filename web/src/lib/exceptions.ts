import type { ExceptionValue } from "./api/event-types.ts";

/** An exception in reading order, with how it belongs to the one before. */
export interface PlacedException {
  readonly value: ExceptionValue;
  /** Its place in the event, where `_meta` keeps its notes. */
  readonly index: number;
  readonly depth: number;
  readonly relation: "main" | "cause" | "member";
}

/**
 * Outermost first. SDKs send the oldest cause first; newer ones also say who belongs to whom, which
 * is the only way to tell a group of exceptions from a chain.
 */
export function orderExceptions(values: readonly ExceptionValue[]): PlacedException[] {
  const hasTree = values.some(({ mechanism }) => typeof mechanism?.parent_id === "number");
  return hasTree ? tree(values) : chain(values);
}

function chain(values: readonly ExceptionValue[]): PlacedException[] {
  return values
    .map(
      (value, index): PlacedException => ({
        value,
        index,
        depth: 0,
        relation: index === values.length - 1 ? "main" : "cause",
      }),
    )
    .reverse();
}

function tree(values: readonly ExceptionValue[]): PlacedException[] {
  const children = new Map<number, number[]>();
  const roots: number[] = [];
  for (let index = values.length - 1; index >= 0; index -= 1) {
    const parent = values[index]?.mechanism?.parent_id;
    if (typeof parent === "number") children.set(parent, [...(children.get(parent) ?? []), index]);
    else roots.push(index);
  }
  const placed: PlacedException[] = [];
  const seen = new Set<number>();
  const stack: Omit<PlacedException, "value">[] = [];
  for (const index of roots.reverse()) stack.push({ index, depth: 0, relation: "main" });
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const value = values[next.index];
    if (value === undefined || seen.has(next.index)) continue;
    seen.add(next.index);
    placed.push({ value, ...next });
    const id = value.mechanism?.exception_id;
    const isGroup = value.mechanism?.is_exception_group === true;
    const own = typeof id === "number" ? (children.get(id) ?? []) : [];
    for (const index of own.reverse()) {
      stack.push({ index, depth: next.depth + (isGroup ? 1 : 0), relation: isGroup ? "member" : "cause" });
    }
  }
  // A parent that does not exist, or a circle: nothing that was sent is hidden.
  values.forEach((value, index) => {
    if (!seen.has(index)) placed.push({ value, index, depth: 0, relation: "cause" });
  });
  return placed;
}
