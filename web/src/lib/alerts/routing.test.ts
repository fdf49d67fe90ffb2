import { expect, test } from "vitest";
import { EXAMPLE, linesOfRouting, readRouting, writeRouting } from "./routing.ts";

test("what is written is read again, and what is no object is refused", () => {
  expect(readRouting(writeRouting(EXAMPLE))).toEqual({ routing: EXAMPLE, problem: null });
  expect(readRouting("[]").routing).toBeNull();
  expect(readRouting("{").problem).toContain("JSON");
});

test("routes are told from the top, each with whom it reaches", () => {
  const lines = linesOfRouting({
    route: { receiver: "team", routes: [{ matchers: ["a=b"], routes: [{ receiver: "gone" }] }] },
    receivers: [{ name: "team", targets: [{ channel: "ops" }, { mail: "a@example.com" }] }],
  });
  expect(lines.map(({ depth, receiver, targets }) => [depth, receiver, targets])).toEqual([
    [0, "team", ["ops", "a@example.com"]],
    [1, "team", ["ops", "a@example.com"]],
    [2, "gone", null],
  ]);
  expect(linesOfRouting({ route: null })).toEqual([]);
  expect(linesOfRouting({ route: { routes: [7], matchers: [{}] }, receivers: [null] })).toHaveLength(1);
});
