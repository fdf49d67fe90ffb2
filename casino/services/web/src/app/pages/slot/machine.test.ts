// The drawing of the slot: lines, strips, and the fault in the animation.
import { describe, expect, it } from "vitest";
import { framesOf, REELS, ROWS, stripTo, suspenseMs, winningCells } from "./machine";

describe("winningCells", () => {
  it.each([
    [[1], ["0:1", "1:1", "2:1"]],
    [[4], ["0:0", "1:1", "2:2"]],
    [
      [4, 5],
      ["0:0", "1:1", "2:2", "0:2", "2:0"],
    ],
    [[9], []],
  ])("of lines %j", (lines, cells) => {
    expect([...winningCells(lines.map((line) => ({ line })))].sort()).toEqual([...cells].sort());
  });
});

describe("stripTo", () => {
  it("ends on the result and begins with what was there", () => {
    const strip = stripTo("LPC", "GWP", REELS[0] ?? "", 10);
    expect(strip).toHaveLength(10 + 2 * ROWS);
    expect(strip.startsWith("LPC")).toBe(true);
    expect(strip.endsWith("GWP")).toBe(true);
  });

  it("rests at the top of the strip", () => {
    const frames = framesOf(16);
    expect(frames[0]).toEqual({ transform: "translateY(-81.25%)" });
    expect(frames.at(-1)).toEqual({ transform: "translateY(0)" });
  });
});

describe("suspenseMs", () => {
  it("grows with the prize", () => {
    expect(suspenseMs("LPW", 2)).toBeGreaterThan(suspenseMs("LPL", 2));
  });

  it("fails below the last row, which is the fault angularError", () => {
    expect(() => suspenseMs("LPC", ROWS)).toThrow(TypeError);
  });
});
