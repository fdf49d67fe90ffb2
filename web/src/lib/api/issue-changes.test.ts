import { expect, test } from "vitest";
import { anIssue } from "../../testing/examples.ts";
import { actorText, asItWas, fits } from "./issue-changes.ts";
import type { Issue } from "./types.ts";

test.each<[string, Issue["status"], boolean]>([
  ["is:unresolved", "resolved", false],
  ["is:unresolved level:error", "unresolved", true],
  ["is:regressed", "ignored", false],
  ["is:archived", "ignored", true],
  ["level:error", "resolved", true],
  ["!is:unresolved", "resolved", true],
  ["", "resolved", true],
])("in “%s”, an issue that is %s fits: %s", (query, status, expected) => {
  expect(fits(query, status)).toBe(expected);
});

test("undo brings back status, conditions and assignee", () => {
  const issue = anIssue({
    status: "ignored",
    substatus: "archived_until_condition_met",
    statusDetails: { ignoreCount: 10, ignoreWindow: 60 },
    assignedTo: { type: "team", id: "7", name: "#payments" },
  });
  expect(asItWas(issue)).toMatchObject({
    status: "ignored",
    substatus: "archived_until_condition_met",
    statusDetails: { ignoreCount: 10, ignoreWindow: 60 },
    assignedTo: "team:7",
  });
});

test("nobody is written as nothing", () => {
  expect(actorText(null)).toBe("");
});
