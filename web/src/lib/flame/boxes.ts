/** Flame graphs and flame charts as boxes on an axis: what the canvas draws, walks and searches. */
import type { FlameChart, FlameTree } from "../api/profile-types.ts";

/** A function, or a line of it, as boxes are labelled. */
export interface FlameLabel {
  readonly name: string;
  /** Its module, or else its file; empty when neither is known. */
  readonly place: string;
  readonly file: string;
  readonly line: number;
  readonly inApp: boolean;
}

/** Boxes by depth, then from left to right. Positions are in milliseconds. */
export interface Boxes {
  readonly labels: readonly FlameLabel[];
  /** For each box its place in `labels`; -1 for what was too small to be kept. */
  readonly label: Int32Array;
  readonly depth: Int32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Milliseconds in the call itself. */
  readonly own: Float64Array;
  /** The box above, or -1. */
  readonly parent: Int32Array;
  /** For each box its place in the rows or bars it was made of. */
  readonly row: Int32Array;
  /** Where each depth begins among the boxes; one more than there are depths. */
  readonly rows: Int32Array;
  readonly extent: number;
}

/** One of them, read. */
export interface Box {
  readonly place: number;
  readonly label: FlameLabel | null;
  readonly depth: number;
  readonly start: number;
  readonly end: number;
  readonly own: number;
}

/** A call tree side by side: children in the order the tree has them, the root left out. */
export function boxesOfTree(tree: Pick<FlameTree, "functions" | "rows">): Boxes {
  const count = Math.max(0, tree.rows.length - 1);
  const boxes = room(count, tree.functions.map(labelOf));
  const widths: number[] = [];
  // Where the next child of each open depth begins, and which box is open there.
  const next: number[] = [0];
  const open: number[] = [];
  let extent = 0;
  const depths = new Int32Array(count);
  const starts = new Float64Array(count);
  const parents = new Int32Array(count);
  for (const [index, row] of tree.rows.entries()) {
    const [depth = 0, , , micros = 0] = row;
    const total = micros / 1000;
    if (index === 0) {
      extent = total;
      continue;
    }
    const at = index - 1;
    const level = depth - 1;
    const start = next[level] ?? 0;
    depths[at] = level;
    starts[at] = start;
    parents[at] = level > 0 ? (open[level - 1] ?? -1) : -1;
    widths.push(total);
    next[level] = start + total;
    next[level + 1] = start;
    open[level] = at;
  }
  const order = byDepth(depths, boxes);
  const placeOf = new Int32Array(count);
  for (const [place, at] of order.entries()) placeOf[at] = place;
  for (const [place, at] of order.entries()) {
    const row = tree.rows[at + 1];
    const start = starts[at] ?? 0;
    const parent = parents[at] ?? -1;
    boxes.label[place] = row?.[1] ?? -1;
    boxes.row[place] = at + 1;
    boxes.depth[place] = depths[at] ?? 0;
    boxes.start[place] = start;
    boxes.end[place] = start + (widths[at] ?? 0);
    boxes.own[place] = (row?.[2] ?? 0) / 1000;
    boxes.parent[place] = parent < 0 ? -1 : (placeOf[parent] ?? -1);
  }
  return { ...boxes, extent };
}

/** Calls in order of time. */
export function boxesOfChart(chart: FlameChart): Boxes {
  const count = chart.bars.length;
  const labels = chart.frames.map((frame) => ({
    name: frame.function,
    place: frame.module === "" ? frame.file : frame.module,
    file: frame.file,
    line: frame.line,
    inApp: frame.inApp,
  }));
  const boxes = room(count, labels);
  const depths = new Int32Array(count);
  for (const [at, bar] of chart.bars.entries()) depths[at] = bar[0] ?? 0;
  // They come in this order; the rows are what is needed.
  const order = byDepth(depths, boxes);
  for (const [place, at] of order.entries()) {
    const [depth = 0, frame = -1, start = 0, end = 0] = chart.bars[at] ?? [];
    boxes.label[place] = frame;
    boxes.row[place] = at;
    boxes.depth[place] = depth;
    boxes.start[place] = start / 1000;
    boxes.end[place] = end / 1000;
    boxes.own[place] = (end - start) / 1000;
  }
  for (let place = 0; place < count; place += 1) {
    const parent = boxAt(boxes, (boxes.depth[place] ?? 0) - 1, boxes.start[place] ?? 0);
    boxes.parent[place] = parent;
    if (parent >= 0) {
      const long = (boxes.end[place] ?? 0) - (boxes.start[place] ?? 0);
      boxes.own[parent] = Math.max(0, (boxes.own[parent] ?? 0) - long);
    }
  }
  return { ...boxes, extent: Math.max(chart.duration / 1000, boxes.end[(boxes.rows[1] ?? 0) - 1] ?? 0) };
}

export function boxOf(boxes: Boxes, place: number): Box | null {
  const depth = boxes.depth[place];
  if (depth === undefined) return null;
  return {
    place,
    label: boxes.labels[boxes.label[place] ?? -1] ?? null,
    depth,
    start: boxes.start[place] ?? 0,
    end: boxes.end[place] ?? 0,
    own: boxes.own[place] ?? 0,
  };
}

/** The box of that depth that `at` lies in, or -1. */
export function boxAt(boxes: Omit<Boxes, "extent">, depth: number, at: number): number {
  const place = firstEndingAfter(boxes, depth, at);
  const isIn = place < (boxes.rows[depth + 1] ?? 0) && (boxes.start[place] ?? 0) <= at;
  return depth >= 0 && isIn ? place : -1;
}

/** The first box of that depth that ends after `at`; the depth's end when there is none. */
export function firstEndingAfter(boxes: Omit<Boxes, "extent">, depth: number, at: number): number {
  let low = boxes.rows[depth] ?? 0;
  let high = boxes.rows[depth + 1] ?? 0;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((boxes.end[middle] ?? 0) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Where the keyboard goes from a box. */
export function neighbour(boxes: Boxes, place: number, key: string): number {
  const depth = boxes.depth[place];
  if (depth === undefined) return boxes.label.length > 0 ? 0 : -1;
  const isRow = (at: number) => boxes.depth[at] === depth;
  if (key === "ArrowUp") return (boxes.parent[place] ?? -1) < 0 ? place : (boxes.parent[place] ?? place);
  if (key === "ArrowLeft") return isRow(place - 1) ? place - 1 : place;
  if (key === "ArrowRight") return isRow(place + 1) ? place + 1 : place;
  if (key !== "ArrowDown") return place;
  // The widest of its children.
  let widest = place;
  let width = -1;
  let child = firstEndingAfter(boxes, depth + 1, boxes.start[place] ?? 0);
  for (
    ;
    child < (boxes.rows[depth + 2] ?? 0) && (boxes.start[child] ?? 0) < (boxes.end[place] ?? 0);
    child += 1
  ) {
    const long = (boxes.end[child] ?? 0) - (boxes.start[child] ?? 0);
    if (boxes.parent[child] === place && long > width) [widest, width] = [child, long];
  }
  return widest;
}

/** For each label whether a search means it; `null` when nothing is searched. */
export function matches(labels: readonly FlameLabel[], text: string): Uint8Array | null {
  const sought = text.trim().toLowerCase();
  if (sought === "") return null;
  const found = new Uint8Array(labels.length);
  for (const [place, { name, place: module, file }] of labels.entries()) {
    const hit = `${module} ${name} ${file}`.toLowerCase().includes(sought);
    found[place] = hit ? 1 : 0;
  }
  return found;
}

/** Milliseconds in what a search means, calls within calls counted once. */
export function matchedTime(boxes: Boxes, found: Uint8Array): number {
  const within = new Uint8Array(boxes.label.length);
  let time = 0;
  for (let place = 0; place < boxes.label.length; place += 1) {
    const parent = boxes.parent[place] ?? -1;
    const isInside = parent >= 0 && within[parent] === 1;
    const isHit = found[boxes.label[place] ?? -1] === 1;
    within[place] = isInside || isHit ? 1 : 0;
    if (isHit && !isInside) time += (boxes.end[place] ?? 0) - (boxes.start[place] ?? 0);
  }
  return time;
}

function labelOf(fn: FlameTree["functions"][number]): FlameLabel {
  const { name, module, file, line, inApp } = fn;
  return { name, place: module === "" ? file : module, file, line, inApp };
}

type Room = Omit<Boxes, "extent" | "rows"> & { rows: Int32Array };

function room(count: number, labels: readonly FlameLabel[]): Room {
  return {
    labels,
    label: new Int32Array(count).fill(-1),
    depth: new Int32Array(count),
    start: new Float64Array(count),
    end: new Float64Array(count),
    own: new Float64Array(count),
    parent: new Int32Array(count).fill(-1),
    row: new Int32Array(count),
    rows: new Int32Array(1),
  };
}

/** The boxes by depth, each depth in the order they came in; fills in where each depth begins. */
function byDepth(depths: Int32Array, into: Room): Int32Array {
  let deepest = -1;
  for (const depth of depths) deepest = Math.max(deepest, depth);
  const rows = new Int32Array(deepest + 2);
  for (const depth of depths) rows[depth + 1] = (rows[depth + 1] ?? 0) + 1;
  for (let depth = 1; depth < rows.length; depth += 1)
    rows[depth] = (rows[depth] ?? 0) + (rows[depth - 1] ?? 0);
  into.rows = rows;
  const next = rows.slice();
  const order = new Int32Array(depths.length);
  for (const [at, depth] of depths.entries()) {
    const place = next[depth] ?? 0;
    order[place] = at;
    next[depth] = place + 1;
  }
  return order;
}
