import { expect, test } from "vitest";
import { eventPart } from "./event-part.ts";
import { filterText, formatQuery, parseQuery, sameQuery, withFilter } from "./parse.ts";

const texts = (query: string) => parseQuery(query).map((term) => term.text);

test.each([
  ["is:unresolved level:error", ["is:unresolved", "level:error"]],
  ["payment failed", ["payment failed"]],
  ["payment is:new failed", ["payment", "is:new", "failed"]],
  ['release:"my app 1.0" x', ['release:"my app 1.0"', "x"]],
  ["level:[error, fatal] a", ["level:[error, fatal]", "a"]],
  ["  ", []],
  ['"unclosed quote is:new', ['"unclosed quote is:new']],
  ["url:http://a.b/c", ["url:http://a.b/c"]],
])("%s has the terms %j", (query, expected) => {
  expect(texts(query)).toEqual(expected);
});

test.each([
  ["!level:error", { negated: true, key: "level", operator: "", value: "error" }],
  ["timesSeen:>=100", { negated: false, key: "timesSeen", operator: ">=", value: "100" }],
  ["age:-24h", { negated: false, key: "age", operator: "", value: "-24h" }],
  ["tags[my tag]:x", { negated: false, key: "tags[my tag]", operator: "", value: "x" }],
  ['message:"a \\"b\\" c"', { negated: false, key: "message", operator: "", value: 'a "b" c' }],
])("%s is the filter %j", (query, expected) => {
  expect(parseQuery(query)).toMatchObject([{ kind: "filter", ...expected }]);
});

test.each(["key:", ":value", "-", "()", "a:b:", "[[", "\\"])("%s does not break the parser", (query) => {
  expect(formatQuery(parseQuery(query))).toBe(query);
});

test("a filter survives whatever its value is", () => {
  for (const value of ["plain", "two words", 'a "quote"', "star*", "a,b", "(x)", "[y]", "é"]) {
    const [term] = parseQuery(filterText("tag", value));
    const read = term?.kind === "filter" ? term.value.replaceAll("\\*", "*") : null;
    expect(read).toBe(value);
  }
});

test("a filter added twice stands once, and its opposite goes", () => {
  const once = withFilter("is:unresolved", "market", "SE");
  expect(withFilter(once, "market", "SE")).toBe("is:unresolved market:SE");
  expect(withFilter(once, "market", "SE", true)).toBe("is:unresolved !market:SE");
});

test("the order of terms does not matter", () => {
  expect(sameQuery("is:unresolved assigned:me", " assigned:me  is:unresolved")).toBe(true);
  expect(sameQuery("is:unresolved", "")).toBe(false);
});

test("the chart counts events, so filters about issues are left out", () => {
  expect(eventPart("is:unresolved level:error assigned:me timeout firstSeen:-24h")).toBe(
    "level:error timeout",
  );
});
