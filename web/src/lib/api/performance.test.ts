import { expect, test } from "vitest";
import { trendGroups } from "./performance.ts";
import { axesOf } from "./series.ts";

test("trends are asked for in groups, each name once", () => {
  const names = Array.from({ length: 12 }, (_, index) => `/play/${index}`);
  expect(trendGroups([...names, "/play/1", ""]).map((group) => group.length)).toEqual([10, 2]);
  expect(trendGroups([])).toEqual([]);
});

test("series come alone or under their names", () => {
  const one = { data: [[60, [{ count: 2 }]]] };
  expect(axesOf(one)).toEqual([{ name: "", points: [[60, 2]] }]);
  expect(axesOf({ "GET /a,b": one })).toEqual([{ name: "GET /a,b", points: [[60, 2]] }]);
  expect(axesOf(null)).toEqual([]);
});
