import { expect, test } from "vitest";
import {
  isMatch,
  isReadable,
  isSilenced,
  type Matcher,
  matchersOf,
  matching,
  readMatcher,
  writeMatcher,
} from "./matchers.ts";

const payments = { labels: { alertname: "Deposits fail", service: "payments", severity: "critical" } };
const games = { labels: { alertname: "Slow", service: "games" } };

test("matchers are read back as they were written", () => {
  const all: readonly Matcher[] = [
    { label: "service", sign: "=", value: "payments" },
    { label: "severity", sign: "=~", value: "warning|info" },
    { label: "path", sign: "!=", value: 'a "quoted" \\ one' },
    { label: "x", sign: "!~", value: "" },
  ];
  for (const matcher of all) expect(readMatcher(writeMatcher(matcher))).toEqual(matcher);
  expect(readMatcher("service = payments")).toEqual({ label: "service", sign: "=", value: "payments" });
  expect(readMatcher("nothing")).toBeNull();
});

test("patterns are of the whole value, and missing labels are empty", () => {
  const pattern = (value: string): Matcher => ({ label: "service", sign: "=~", value });
  expect(isMatch(pattern("pay"), payments.labels)).toBe(false);
  expect(isMatch(pattern("pay.*|games"), payments.labels)).toBe(true);
  expect(isMatch({ label: "market", sign: "=", value: "" }, payments.labels)).toBe(true);
  expect(isReadable(pattern("("))).toBe(false);
  expect(isMatch(pattern("("), payments.labels)).toBe(false);
});

test("without a matcher nothing is silenced", () => {
  expect(matching([], [payments, games])).toEqual([]);
  expect(matching([{ label: " ", sign: "=", value: "" }], [payments, games])).toEqual([]);
  expect(matching([{ label: "service", sign: "!=", value: "games" }], [payments, games])).toEqual([payments]);
});

test("only a silence in force that fits keeps an alert quiet", () => {
  const of = (status: string, ...matchers: string[]) => [{ status, matchers }];
  expect(isSilenced(of("active", 'service="payments"'), payments.labels)).toBe(true);
  expect(isSilenced(of("expired", 'service="payments"'), payments.labels)).toBe(false);
  expect(isSilenced(of("active", 'service="games"'), payments.labels)).toBe(false);
  expect(isSilenced(of("active", 'service="payments"', "unreadable"), payments.labels)).toBe(false);
  expect(isSilenced(of("active"), payments.labels)).toBe(false);
});

test("a silence of an alert names what tells it from others", () => {
  expect(matchersOf(payments.labels).map(writeMatcher)).toEqual([
    'alertname="Deposits fail"',
    'service="payments"',
  ]);
});
