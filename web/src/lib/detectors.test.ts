import { describe, expect, it } from "vitest";
import type { DetectorSetting } from "./api/types.ts";
import { changedSettings, fieldRange, fieldText, resetOf, thresholdOf, undoOf } from "./detectors.ts";

function aSetting(with_: Partial<DetectorSetting>): DetectorSetting {
  return { name: "a", unit: "millis", value: 500, default: 500, min: 1, max: 60_000, ...with_ };
}

describe("thresholds", () => {
  const bytes = aSetting({ unit: "bytes", value: 512_000, min: 1_000, max: 100_000_000 });
  const share = aSetting({ unit: "share", value: 0.33, min: 0.01, max: 1 });

  it.each([
    [aSetting({}), "500", { min: "1", max: "60000" }],
    [bytes, "512", { min: "1", max: "100000" }],
    [share, "33", { min: "1", max: "100" }],
  ])("are shown in the unit of their field", (setting, text, range) => {
    expect(fieldText(setting)).toBe(text);
    expect(fieldRange(setting)).toEqual(range);
    expect(thresholdOf(setting, text)).toBe(setting.value);
  });

  it.each([
    [aSetting({}), "0"],
    [aSetting({}), "60001"],
    [aSetting({}), "1.5"],
    [aSetting({}), " "],
    [aSetting({}), "a"],
    [bytes, "0.9"],
    [share, "101"],
  ])("that cannot be are none", (setting, text) => {
    expect(thresholdOf(setting, text)).toBeNull();
  });

  it("can be shares that are no whole percent", () => {
    expect(thresholdOf(share, "12.5")).toBe(0.125);
  });
});

describe("changes", () => {
  const [changed, left] = [aSetting({ name: "b", value: 700 }), aSetting({ name: "c" })];

  it("are what differs from the default", () => {
    expect(changedSettings([{ id: "x", title: "X", settings: [changed, left] }])).toEqual([changed]);
  });

  it("are reset and taken back by name", () => {
    expect(resetOf([changed])).toEqual({ b: null });
    expect(undoOf([changed, left])).toEqual({ b: 700, c: null });
  });
});
