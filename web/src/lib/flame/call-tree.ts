/** Call trees as tables: from the top down, and from the functions up to their callers. */
import type { FlameTree } from "../api/profile-types.ts";

/** A line of the table. Times are in microseconds. */
export interface Call {
  /** Names it: the places of functions from the root on. */
  readonly key: string;
  /** Place among the functions; -1 for what was too small to be kept. */
  readonly fn: number;
  readonly depth: number;
  readonly own: number;
  readonly total: number;
  readonly samples: number;
  readonly hasMore: boolean;
}

export type Direction = "down" | "up";

interface Node {
  readonly fn: number;
  readonly parent: number;
  readonly children: number[];
  readonly own: number;
  readonly total: number;
  readonly ownSamples: number;
  readonly samples: number;
}

/** The tree with its links, made once for each answer. */
export interface CallTree {
  readonly nodes: readonly Node[];
  readonly total: number;
}

export function callTree(tree: FlameTree): CallTree {
  const nodes: Node[] = [];
  const open: number[] = [];
  for (const [place, row] of tree.rows.entries()) {
    const [depth = 0, fn = -1, own = 0, total = 0, ownSamples = 0, samples = 0] = row;
    const parent = depth > 0 ? (open[depth - 1] ?? -1) : -1;
    nodes.push({ fn, parent, children: [], own, total, ownSamples, samples });
    nodes[parent]?.children.push(place);
    open[depth] = place;
  }
  return { nodes, total: nodes[0]?.total ?? 0 };
}

/** The lines on screen: those whose callers are all unfolded. */
export function lines(tree: CallTree, direction: Direction, open: ReadonlySet<string>): readonly Call[] {
  return direction === "down" ? fromTop(tree, open) : fromFunctions(tree, open);
}

function fromTop({ nodes }: CallTree, open: ReadonlySet<string>): readonly Call[] {
  const calls: Call[] = [];
  const waiting: { place: number; depth: number; above: string }[] = [];
  const push = (place: number, depth: number, above: string) => {
    const children = nodes[place]?.children ?? [];
    const ordered = children.toSorted((a, b) => (nodes[a]?.total ?? 0) - (nodes[b]?.total ?? 0));
    for (const child of ordered) waiting.push({ place: child, depth, above });
  };
  push(0, 0, "");
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const node = nodes[next.place];
    if (node === undefined) continue;
    const key = `${next.above}/${node.fn}`;
    const hasMore = node.children.length > 0;
    const { fn, own, total, samples } = node;
    calls.push({ key, fn, depth: next.depth, own, total, samples, hasMore });
    if (hasMore && open.has(key)) push(next.place, next.depth + 1, key);
  }
  return calls;
}

/** Where a function was at work itself, and how far up its callers have been followed from there. */
interface Trail {
  readonly at: number;
  readonly own: number;
  readonly samples: number;
}

function fromFunctions({ nodes }: CallTree, open: ReadonlySet<string>): readonly Call[] {
  const trails: Trail[] = [];
  for (const [at, { fn, own, ownSamples }] of nodes.entries()) {
    if (at > 0 && fn >= 0 && own > 0) trails.push({ at, own, samples: ownSamples });
  }
  const calls: Call[] = [];
  const waiting: { trails: readonly Trail[]; fn: number; own: number; depth: number; above: string }[] = [];
  const push = (from: readonly Trail[], depth: number, above: string) => {
    const groups = new Map<number, Trail[]>();
    for (const trail of from) {
      const fn = nodes[trail.at]?.fn ?? -1;
      const group = groups.get(fn);
      if (group === undefined) groups.set(fn, [trail]);
      else group.push(trail);
    }
    const sums = [...groups].map(([fn, of]) => ({ fn, trails: of, own: sum(of, "own"), depth, above }));
    waiting.push(...sums.toSorted((a, b) => a.own - b.own));
  };
  push(trails, 0, "");
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const key = `${next.above}/${next.fn}`;
    const up = next.trails.flatMap(({ at, own, samples }) => {
      const parent = nodes[at]?.parent ?? -1;
      return parent > 0 ? [{ at: parent, own, samples }] : [];
    });
    const { fn, own, depth } = next;
    const samples = sum(next.trails, "samples");
    calls.push({ key, fn, depth, own, total: own, samples, hasMore: up.length > 0 });
    if (open.has(key)) push(up, depth + 1, key);
  }
  return calls;
}

function sum(trails: readonly Trail[], what: "own" | "samples"): number {
  return trails.reduce((all, trail) => all + trail[what], 0);
}
