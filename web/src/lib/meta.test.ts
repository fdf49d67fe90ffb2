import { expect, test } from "vitest";
import type { Remark } from "./api/event-types.ts";
import { metaAt, noteOf, ruleName, segments } from "./meta.ts";

const meta = {
  entries: {
    0: { data: { values: { 1: { value: { "": { rem: [["@ip:replace", "s", 3, 7]], len: 12 } } } } } },
  },
};

test("notes are found by the path of their value", () => {
  expect(noteOf(metaAt(meta, "entries", 0, "data", "values", 1, "value"))).toEqual({
    rem: [["@ip:replace", "s", 3, 7]],
    len: 12,
  });
});

test.each([
  [["entries", 5]],
  [["entries", 0, "nothing", "there"]],
  [["__proto__"]],
  [["constructor", "name"]],
])("there is nothing at %j", (path) => {
  expect(metaAt(meta, ...path)).toBeUndefined();
});

test("notes of a strange shape are no notes", () => {
  expect(noteOf({ "": { rem: ["x", [], [5]], err: [["bad", {}], "worse", 3] } })).toEqual({
    rem: [],
    err: ["bad", "worse", "invalid_data"],
  });
  expect(noteOf({ "": "text" })).toBeNull();
});

test("rules are named without their sigils", () => {
  expect(ruleName("@creditcard:mask")).toBe("creditcard");
  expect(ruleName("my_rule")).toBe("my_rule");
});

test.each<[string, Remark[], string]>([
  ["ip 1234 end", [["@ip:mask", "m", 3, 7]], "ip |ip| end"],
  ["", [["@password:remove", "x"]], "|password|"],
  [
    "abc",
    [
      ["@a:mask", "m", 0, 1],
      ["@b:mask", "m", 2, 3],
    ],
    "|a|b|b|",
  ],
  // Offsets out of range, the wrong way round, overlapping: as far as they make sense.
  ["abc", [["@a:mask", "m", 1, 99]], "a|a|"],
  ["abc", [["@a:mask", "m", 5, 2]], "abc|a|"],
  [
    "abcd",
    [
      ["@a:mask", "m", 0, 3],
      ["@b:mask", "m", 1, 2],
    ],
    "|a||b|d",
  ],
  ["🎰1234", [["@pan:mask", "m", 1, 5]], "🎰|pan|"],
])("%s with %j reads %s", (text, remarks, expected) => {
  const read = segments(text, remarks)
    .map((segment) => (segment.kind === "text" ? segment.text : `|${segment.rule}|`))
    .join("");
  expect(read).toBe(expected);
});
