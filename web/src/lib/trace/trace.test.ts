import { expect, test } from "vitest";
import { aTraceEvent, aTraceSpan } from "../../testing/examples.ts";
import type { TraceSpan } from "../api/trace-types.ts";
import { criticalPath, waits } from "./critical-path.ts";
import { findRows, nextPlace, searchTexts } from "./find.ts";
import { lanesOf } from "./lanes.ts";
import { layOut } from "./model.ts";
import { repeatsAround, repeatsOf } from "./repeats.ts";
import { foldedAbove, keptRows, narrowed, visibleRows } from "./rows.ts";
import { formatZoom, panBy, parseZoom, ticks, whole, zoomBy } from "./zoom.ts";

const NONE: ReadonlySet<string> = new Set();

function span(id: string, start: number, duration: number, children: TraceSpan[] = []): TraceSpan {
  return aTraceSpan({
    span_id: id,
    start_timestamp: 1000 + start / 1000,
    end_timestamp: 1000 + (start + duration) / 1000,
    duration,
    children,
  });
}

const request = () => span("a", 0, 100, [span("b", 10, 30, [span("c", 20, 10)]), span("d", 50, 40)]);

test("a tree is laid out in the order of its rows", () => {
  const { items, duration } = layOut([request()]);
  expect(items.map(({ key, depth, parent, end }) => [key, depth, parent, end])).toEqual([
    ["a", 0, -1, 4],
    ["b", 1, 0, 3],
    ["c", 2, 1, 3],
    ["d", 1, 0, 4],
  ]);
  expect(duration).toBeCloseTo(100);
});

test("100,000 spans in one chain are laid out and walked like any others", () => {
  let chain = span("deepest", 0, 1);
  for (let depth = 0; depth < 99_999; depth += 1) chain = span(`s${depth}`, 0, 2, [chain]);
  const trace = layOut([chain]);
  const rows = visibleRows(trace, NONE, null);
  expect(rows).toHaveLength(100_000);
  expect(visibleRows(trace, NONE, narrowed(trace, "slow", new Set()))).toHaveLength(0);
  expect(keptRows(trace, ({ key }) => key === "deepest").every((kept) => kept === 1)).toBe(true);
  expect(findRows(searchTexts(trace), "deepest")).toEqual([99_999]);
  expect(criticalPath(trace).at(-1)?.to).toBeGreaterThan(0);
});

test("100,000 spans side by side are laid out", () => {
  const children = Array.from({ length: 99_999 }, (_, index) => span(`s${index}`, index, 1));
  const trace = layOut([span("root", 0, 100_000, children)]);
  expect(visibleRows(trace, NONE, null)).toHaveLength(100_000);
  expect(criticalPath(trace).length).toBeGreaterThan(99_000);
});

test("a service's own time is what no span of any service accounts for", () => {
  const of = (slug: string, found: TraceSpan) => ({
    ...found,
    project_slug: slug,
    exclusive_time: found.duration,
  });
  const cases: [TraceSpan, [string, number][]][] = [
    // Each service knows only its own spans: both took all of the time, if one believes them.
    [
      of("shop", span("a", 0, 100, [of("bank", span("b", 10, 80))])),
      [
        ["shop", 20],
        ["bank", 80],
      ],
    ],
    // Beside each other, the time counts once for who waits; what began late or goes on is none of its business.
    [
      of("shop", span("a", 0, 100, [of("bank", span("b", 10, 50)), of("mail", span("c", 40, 200))])),
      [
        ["shop", 10],
        ["bank", 50],
        ["mail", 200],
      ],
    ],
    [
      of("shop", span("a", 0, 100, [of("bank", span("b", 150, 50))])),
      [
        ["shop", 100],
        ["bank", 50],
      ],
    ],
    [
      of("shop", span("a", 0, 100, [of("bank", span("b", -50, 300))])),
      [
        ["shop", 0],
        ["bank", 300],
      ],
    ],
  ];
  for (const [root, wanted] of cases) {
    const { services } = layOut([root]);
    expect(services.map(({ slug, self }) => [slug, Math.round(self)])).toEqual(wanted);
  }
});

test("what is odd is counted, and spans with one id stay apart", () => {
  const orphan = { ...span("lost", 5, 1), odd: ["orphan"] satisfies ["orphan"] };
  const loop = { ...span("x", 6, 1, [{ ...span("x", 7, 1), odd: ["cycle", "duplicate"] }]), odd: [] };
  const trace = layOut([request(), orphan, loop]);
  expect([...trace.odd]).toEqual([
    ["orphan", 1],
    ["cycle", 1],
    ["duplicate", 1],
  ]);
  expect(new Set(trace.items.map(({ key }) => key)).size).toBe(trace.items.length);
});

test("events without a span are rows too, and an empty trace is one", () => {
  const trace = layOut([request(), aTraceEvent({ event_id: "e1", start_timestamp: 1000.2 })]);
  expect(trace.items.at(-1)).toMatchObject({ key: "e1", duration: 0, events: 1 });
  expect(trace.duration).toBeCloseTo(200);
  expect(layOut([])).toMatchObject({ items: [], duration: 0, spans: 0 });
});

test("a folded span hides what it caused, and says how many events are in there", () => {
  const failing = { ...span("c", 20, 10), errors: [aTraceEvent()] };
  const trace = layOut([span("a", 0, 100, [span("b", 10, 30, [failing]), span("d", 50, 40)])]);
  const rows = visibleRows(trace, new Set(["b"]), null);
  expect(rows.map((place) => trace.items[place]?.key)).toEqual(["a", "b", "d"]);
  expect(trace.items[1]?.events).toBe(1);
  expect(foldedAbove(trace, new Set(["a", "b"]), 2)).toEqual(["b", "a"]);
});

test("narrowed to errors, a row keeps what caused it", () => {
  const failing = { ...span("c", 20, 10), status: "internal_error" };
  const trace = layOut([span("a", 0, 100, [span("b", 10, 30, [failing]), span("d", 50, 40)])]);
  const rows = visibleRows(trace, NONE, narrowed(trace, "errors", new Set()));
  expect(rows.map((place) => trace.items[place]?.key)).toEqual(["a", "b", "c"]);
});

test("the critical path follows what finished last", () => {
  const trace = layOut([request()]);
  const path = criticalPath(trace).map(({ place, from, to }) => [
    trace.items[place]?.key,
    Math.round(from),
    Math.round(to),
  ]);
  expect(path).toEqual([
    ["a", 0, 10],
    ["b", 10, 20],
    ["c", 20, 30],
    ["b", 30, 40],
    ["a", 40, 50],
    ["d", 50, 90],
    ["a", 90, 100],
  ]);
  expect(waits(criticalPath(trace)).get(0)).toBeCloseTo(30);
});

test("what runs beside the critical path, or beyond its parent, is not waited for", () => {
  const trace = layOut([
    span("a", 0, 100, [span("beside", 10, 20), span("late", 60, 200), span("early", -50, 55)]),
  ]);
  const path = criticalPath(trace);
  expect(path.reduce((sum, { from, to }) => sum + to - from, 0)).toBeCloseTo(100);
  const names = path.map(({ place }) => trace.items[place]?.key);
  expect(names).toContain("late");
});

test("rows are found by all words, in any field, and walked in a circle", () => {
  const trace = layOut([
    span("a", 0, 1, [aTraceSpan({ span_id: "q", op: "db.query", description: "SELECT Bets" })]),
  ]);
  const texts = searchTexts(trace);
  expect(findRows(texts, "select db")).toEqual([1]);
  expect(findRows(texts, "select nothing")).toEqual([]);
  expect(findRows(texts, "  ")).toEqual([]);
  expect([nextPlace([2, 5], 2, 1), nextPlace([2, 5], 5, 1), nextPlace([2, 5], 2, -1)]).toEqual([5, 2, 5]);
  expect(nextPlace([], 0, 1)).toBeUndefined();
});

test("a zoom stays inside the trace and survives the URL", () => {
  expect(parseZoom("20-40", 100)).toEqual({ from: 20, to: 40 });
  for (const text of [undefined, "", "a-b", "-5-2", "40"]) expect(parseZoom(text, 100)).toEqual(whole(100));
  expect(formatZoom(whole(100), 100)).toBeUndefined();
  expect(formatZoom({ from: 1.23456, to: 40 }, 100)).toBe("1.235-40");
  expect(zoomBy({ from: 0, to: 100 }, 0.5, 50, 100)).toEqual({ from: 25, to: 75 });
  expect(zoomBy({ from: 25, to: 75 }, 9, 50, 100)).toEqual(whole(100));
  expect(panBy({ from: 60, to: 100 }, 0.5, 100)).toEqual({ from: 60, to: 100 });
  expect(ticks({ from: 0, to: 100 }, 5)).toEqual([0, 20, 40, 60, 80, 100]);
});

/** A request that asks the same six times, the fourth time in vain. */
function repeating() {
  const queries = Array.from({ length: 12 }, (_, index) => ({
    ...span(`q${index}`, index * 5, 4, index === 1 ? [span("inner", 6, 1)] : []),
    op: "db.query",
    description: `SELECT * FROM bets WHERE id = ${index} AND name = 'n${index}'`,
    status: index === 8 ? "internal_error" : "ok",
  }));
  return layOut([span("a", 0, 100, [span("first", 0, 1), ...queries, span("last", 80, 10)])]);
}

test("siblings that do the same are one row, but for what failed and for few", () => {
  const trace = repeating();
  const repeats = repeatsOf(trace);
  expect([...repeats.values()].map(({ head, places, duration }) => [head, places.length, duration])).toEqual([
    [2, 8, 32],
  ]);
  const rows = visibleRows(trace, NONE, null, repeats).map((place) => trace.items[place]?.key);
  expect(rows).toEqual(["a", "first", "q0", "q8", "q9", "q10", "q11", "last"]);
});

test("what is inside of folded repeats is known", () => {
  const trace = repeating();
  const repeats = repeatsOf(trace);
  const placeOf = (key: string) => trace.items.findIndex((item) => item.key === key);
  expect(repeatsAround(repeats, placeOf("inner"))).toEqual([2]);
  expect(repeatsAround(repeats, placeOf("q7"))).toEqual([2]);
  expect(repeatsAround(repeats, placeOf("q0"))).toEqual([]);
  expect(repeatsAround(repeats, placeOf("last"))).toEqual([]);
});

test("a trace is narrowed to services, and to what is wanted of them", () => {
  const other = { ...span("b", 10, 30), project_slug: "wallet" };
  const trace = layOut([span("a", 0, 200, [other, { ...span("c", 50, 120), project_slug: "wallet" }])]);
  const keys = (kept: Uint8Array | null) => visibleRows(trace, NONE, kept).map((at) => trace.items[at]?.key);
  expect(keys(narrowed(trace, undefined, new Set(), new Set(["wallet"])))).toEqual(["a", "b", "c"]);
  expect(keys(narrowed(trace, "slow", new Set(), new Set(["wallet"])))).toEqual(["a", "c"]);
  expect(narrowed(trace, undefined, new Set())).toBeNull();
});

test("in a flame chart no span stands upon another", () => {
  const trace = layOut([
    span("a", 0, 100, [span("b", 0, 50, [span("c", 10, 10)]), span("d", 20, 50), span("e", 80, 5)]),
  ]);
  expect([...lanesOf(trace)]).toEqual([0, 1, 2, 2, 1]);
});
