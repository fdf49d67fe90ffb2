import { expect, test } from "vitest";
import { factOf, inOrder, takenUp } from "./timeline.ts";

const entry = (at: string, kind: string) => ({ at, kind, author: null, data: {} });

test("what happened at once begins with the opening, and the rest is by time", () => {
  const told = [
    entry("2026-11-23T01:00:00Z", "note"),
    entry("2026-11-23T00:00:00Z", "issue"),
    entry("2026-11-23T00:00:00Z", "notified"),
    entry("2026-11-23T00:00:00Z", "opened"),
  ];
  expect(inOrder(told).map(({ kind }) => kind)).toEqual(["opened", "issue", "notified", "note"]);
});

test("a fact is the first of its names that says something", () => {
  expect(factOf({ short_id: null, shortId: "WEB-1" }, "short_id", "shortId")).toBe("WEB-1");
  expect(factOf({ issue: 7 }, "issue")).toBe("7");
  expect(factOf({ issue: {} }, "issue")).toBe("");
});

test("an incident is taken up as soon as its timeline says so, and until then", () => {
  const at = "2026-11-23T01:00:00Z";
  const timeline = [{ at, kind: "acknowledged", author: "3", data: { until: "2026-11-23T02:00:00Z" } }];
  const [before, after] = [Date.parse("2026-11-23T01:30:00Z"), Date.parse("2026-11-23T02:30:00Z")];
  expect(takenUp({ acknowledged: null, timeline }, before)).toEqual({ by: "3", at });
  expect(takenUp({ acknowledged: null, timeline }, after)).toBeNull();
  expect(takenUp({ acknowledged: null, timeline: [] }, before)).toBeNull();
  expect(takenUp({ acknowledged: { by: "4", at }, timeline }, before)).toEqual({ by: "4", at });
});
