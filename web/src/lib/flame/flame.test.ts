import { expect, test } from "vitest";
import type { FlameChart, FlameTree } from "../api/profile-types.ts";
import {
  type Boxes,
  boxAt,
  boxesOfChart,
  boxesOfTree,
  boxOf,
  matchedTime,
  matches,
  neighbour,
} from "./boxes.ts";
import { type Call, callTree, lines } from "./call-tree.ts";

const fn = (name: string) => ({ name, module: "casino", file: "", line: 0, inApp: true });

/** `main` (10 ms) calls `a` (4, of which `b` 1) and `b` (5, of which `a` 2); 1 ms is its own. */
const TREE: FlameTree = {
  extent: { profiles: 1, bytes: 1, unreadable: 0, isCut: false },
  functions: [fn("main"), fn("a"), fn("b")],
  rows: [
    [0, -1, 0, 10_000, 0, 10],
    [1, 0, 1_000, 10_000, 1, 10],
    [2, 1, 3_000, 4_000, 3, 4],
    [3, 2, 1_000, 1_000, 1, 1],
    [2, 2, 3_000, 5_000, 3, 5],
    [3, 1, 2_000, 2_000, 2, 2],
  ],
};

function drawn(boxes: Boxes): string[] {
  return [...boxes.label.keys()].map((place) => {
    const box = boxOf(boxes, place);
    return `${box?.depth} ${box?.label?.name} ${box?.start}-${box?.end} self ${box?.own} in ${boxes.parent[place]}`;
  });
}

function shown(calls: readonly Call[]): string[] {
  const name = (place: number) => TREE.functions[place]?.name ?? "";
  return calls.map(({ depth, fn: at, own, total }) => `${" ".repeat(depth)}${name(at)} ${own} ${total}`);
}

test("a tree lies side by side", () => {
  expect(drawn(boxesOfTree(TREE))).toEqual([
    "0 main 0-10 self 1 in -1",
    "1 a 0-4 self 3 in 0",
    "1 b 4-9 self 3 in 0",
    "2 b 0-1 self 1 in 1",
    "2 a 4-6 self 2 in 2",
  ]);
});

test("boxes are found by depth and position, and walked with arrows", () => {
  const boxes = boxesOfTree(TREE);
  expect([boxAt(boxes, 1, 3.9), boxAt(boxes, 1, 4), boxAt(boxes, 1, 9.5), boxAt(boxes, 7, 1)]).toEqual([
    1, 2, -1, -1,
  ]);
  expect(neighbour(boxes, 0, "ArrowDown")).toBe(2);
  expect(neighbour(boxes, 2, "ArrowLeft")).toBe(1);
  expect(neighbour(boxes, 1, "ArrowLeft")).toBe(1);
  expect(neighbour(boxes, 4, "ArrowUp")).toBe(2);
  expect(neighbour(boxes, 3, "ArrowDown")).toBe(3);
  expect(neighbour(boxes, -1, "ArrowDown")).toBe(0);
});

test("what is highlighted counts once", () => {
  const boxes = boxesOfTree(TREE);
  const found = matches(boxes.labels, "CASINO a");
  expect(found === null ? null : [...found]).toEqual([0, 1, 0]);
  expect(found === null ? 0 : matchedTime(boxes, found)).toBe(6);
  expect(matches(boxes.labels, "  ")).toBeNull();
});

test("calls in order of time know what they lie in", () => {
  const frame = (name: string) => ({
    function: name,
    module: "",
    file: "x.py",
    path: "",
    line: 3,
    column: 0,
    inApp: false,
  });
  const chart: FlameChart = {
    profiles: [],
    start: 0,
    duration: 8_000,
    threads: [],
    thread: "1",
    frames: [frame("main"), frame("a")],
    bars: [
      [0, 0, 0, 3_000],
      [0, 0, 5_000, 9_000],
      [1, 1, 1_000, 2_000],
      [1, 1, 5_000, 8_000],
    ],
    leftOut: 0,
    measurements: [],
    device: [],
    isCut: false,
  };
  const boxes = boxesOfChart(chart);
  expect(drawn(boxes)).toEqual([
    "0 main 0-3 self 2 in -1",
    "0 main 5-9 self 1 in -1",
    "1 a 1-2 self 1 in 0",
    "1 a 5-8 self 3 in 1",
  ]);
  expect(boxes.extent).toBe(9);
});

test("nothing is nothing", () => {
  const empty = boxesOfTree({ ...TREE, functions: [], rows: [[0, -1, 0, 0, 0, 0]] });
  expect([empty.label.length, empty.extent, neighbour(empty, -1, "ArrowDown")]).toEqual([0, 0, -1]);
});

test("a call tree unfolds from the top down", () => {
  const tree = callTree(TREE);
  expect(shown(lines(tree, "down", new Set()))).toEqual(["main 1000 10000"]);
  const open = new Set(["/0", "/0/2"]);
  expect(shown(lines(tree, "down", open))).toEqual([
    "main 1000 10000",
    " b 3000 5000",
    "  a 2000 2000",
    " a 3000 4000",
  ]);
});

test("and from the functions up to their callers", () => {
  const tree = callTree(TREE);
  expect(shown(lines(tree, "up", new Set(["/1"])))).toEqual([
    "a 5000 5000",
    " main 3000 3000",
    " b 2000 2000",
    "b 4000 4000",
    "main 1000 1000",
  ]);
});
