import type { StatsPoint } from "../lib/api/types.ts";

/** Something that happened and may be why a line changes. */
export interface Marker {
  readonly kind: "release" | "deploy" | "flag";
  /** Milliseconds since 1970. */
  readonly time: number;
  /** A few words that fit beside the mark. */
  readonly label: string;
  /** What happened, in full. */
  readonly said: string;
  /** The page about it. */
  readonly href?: string;
  /** Goes there without loading the page anew. */
  readonly open?: () => void;
}

/** Marks that stand at one place. */
export interface MarkerGroup {
  /** From 0, the left edge, to 1. */
  readonly share: number;
  readonly markers: readonly [Marker, ...Marker[]];
}

/** From here on words stand on the left of their mark. */
const RIGHT = 0.8;

/** Whether the words stand on the left, and which share of the width they may have. */
export interface Words {
  readonly left: boolean;
  readonly room: number;
}

/** Room for words beside marks of one line, from left to right: two that face each other share what is between. */
export function wordsOf(shares: readonly number[]): readonly Words[] {
  const isLeft = (share: number | undefined) => share !== undefined && share > RIGHT;
  return shares.map((share, place) => {
    const left = isLeft(share);
    const other = shares[left ? place - 1 : place + 1];
    const between = Math.abs((other ?? (left ? 0 : 1)) - share);
    const isFacing = other !== undefined && isLeft(other) !== left;
    return { left, room: isFacing ? between / 2 : between };
  });
}

/** Marks nearer than this share of the width are one. */
const NEAR = 0.05;

/** Marks with their places; those too near to each other to be read are one, if they are of one shape. */
export function apart(markers: readonly Marker[], start: number, span: number): readonly MarkerGroup[] {
  const found: { share: number; markers: [Marker, ...Marker[]] }[] = [];
  const isFlag = ({ kind }: Marker) => kind === "flag";
  for (const marker of markers.toSorted((a, b) => a.time - b.time)) {
    const share = (marker.time - start) / span;
    if (share <= 0 || share >= 1) continue;
    const before = found.findLast((group) => isFlag(group.markers[0]) === isFlag(marker));
    if (before !== undefined && share - before.share < NEAR) before.markers.push(marker);
    else found.push({ share, markers: [marker] });
  }
  return found;
}

/** Where the points of a chart begin, in milliseconds, and how long they last. */
export function extentOf(points: readonly StatsPoint[]): { readonly start: number; readonly span: number } {
  const [first, second] = points;
  if (first === undefined || second === undefined) return { start: 0, span: 0 };
  return { start: first[0] * 1000, span: (second[0] - first[0]) * 1000 * points.length };
}
