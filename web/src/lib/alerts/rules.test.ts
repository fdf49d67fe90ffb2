import { expect, test } from "vitest";
import { draftOfIssue, newIssueDraft, withTemplate } from "./issue-draft.ts";
import { changePart, MAIL, newPart, SHAPES, shapeOf } from "./rule-parts.ts";
import { partSentence, ruleSentence } from "./rule-sentence.ts";

const named = (_: string, value: string) => value;
const OFTEN = "sentry.rules.conditions.event_frequency.EventFrequencyCondition";

test("every part begins with all that it shows", () => {
  for (const role of ["conditions", "filters", "actions"] as const) {
    for (const shape of SHAPES[role]) {
      const part = newPart(shape);
      expect(part.id).toBe(shape.id);
      expect(partSentence(role, part, named), shape.id).not.toContain("undefined");
    }
  }
});

test("a part gains and loses settings with what it says", () => {
  const shape = shapeOf("conditions", OFTEN);
  if (shape === undefined) throw new Error("the shape is gone");
  const counted = newPart(shape);
  expect(counted).toEqual({ id: OFTEN, comparisonType: "count", value: 100, interval: "1h" });
  const compared = changePart(shape, counted, "comparisonType", "percent");
  expect(compared).toEqual({ ...counted, comparisonType: "percent", comparisonInterval: "1d" });
  expect(changePart(shape, compared, "comparisonType", "count")).toEqual(counted);
});

test("a team's number is not taken for a person's", () => {
  const shape = shapeOf("actions", MAIL);
  if (shape === undefined) throw new Error("the shape is gone");
  const choices = (list: string) => (list === "teams" ? ["7"] : list === "people" ? ["3"] : []);
  const team = changePart(shape, newPart(shape), "targetType", "Team", choices);
  expect(team).toEqual({ id: MAIL, targetType: "Team", targetIdentifier: "7" });
  expect(changePart(shape, team, "targetType", "Member", choices)).toEqual({
    id: MAIL,
    targetType: "Member",
    targetIdentifier: "3",
  });
});

test("settings that this version does not know survive a change", () => {
  const shape = shapeOf("conditions", OFTEN);
  if (shape === undefined) throw new Error("the shape is gone");
  expect(changePart(shape, { ...newPart(shape), extra: 1 }, "value", 5)).toMatchObject({
    extra: 1,
    value: 5,
  });
});

test("rules are sentences", () => {
  const draft = draftOfIssue("PaymentError");
  expect(ruleSentence({ ...draft, actions: [] }, named)).toBe(
    "When a new issue appears or a resolved issue returns, if exception.type eq PaymentError",
  );
  expect(ruleSentence({ ...draft, filterMatch: "none", actions: [] }, named)).toContain("unless");
  expect(partSentence("filters", { id: "a.b.NewerFilter" }, named)).toBe("NewerFilter");
});

test("a template replaces conditions, and keeps a name and actions", () => {
  const filters = [{ id: "x" }];
  const template = { id: "payment", name: "Payment errors", about: "", rule: { filters, actions: [] } };
  const draft = withTemplate(newIssueDraft(), template);
  expect(draft).toMatchObject({ name: "Payment errors", filters, actions: [{ id: MAIL }] });
  expect(withTemplate({ ...draft, name: "Mine" }, template).name).toBe("Mine");
});
