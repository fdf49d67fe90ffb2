import { expect, test } from "vitest";
import { cellText, isNumeric } from "../../ui/performance/cells.ts";
import { groupQuery, validSort } from "./Aggregates.tsx";

test("cells are shown as what their column is", () => {
  expect(cellText(1234.5, "duration")).toBe("1.23 s");
  expect(cellText(0.0512, "percentage")).toBe("5.12%");
  expect(cellText(12480, "integer")).toBe("12,480");
  expect(cellText(true, "boolean")).toBe("true");
  for (const nothing of [null, undefined]) expect(cellText(nothing, "duration")).toBe("—");
  expect([isNumeric("rate"), isNumeric("string"), isNumeric(undefined)]).toEqual([true, false, false]);
});

test("a group leads to its spans, also one without a value", () => {
  const row = { "span.op": "db.query", normalized_description: "SELECT *", release: null };
  expect(groupQuery("is_transaction:false", Object.keys(row), row)).toBe(
    'is_transaction:false span.op:db.query normalized_description:"SELECT \\*" !has:release',
  );
});

test("a sort needs its column", () => {
  expect(validSort("-count()", ["count()"])).toBe("-count()");
  expect(validSort("-count()", ["p95()"])).toBeUndefined();
  expect(validSort(undefined, ["p95()"])).toBeUndefined();
});
