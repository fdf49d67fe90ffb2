import type { IssueRule, IssueRuleDraft, RuleTemplate } from "../api/rule-types.ts";
import { MAIL, SHAPES } from "./rule-parts.ts";

const EVERY_MINUTES = 30;

/** The rule that most people want first: whoever owns a new issue hears of it. */
export function newIssueDraft(): IssueRuleDraft {
  return {
    name: "",
    environment: null,
    owner: null,
    actionMatch: "any",
    filterMatch: "all",
    frequency: EVERY_MINUTES,
    conditions: [{ id: SHAPES.conditions[0]?.id ?? "" }],
    filters: [],
    actions: [
      { id: MAIL, targetType: "IssueOwners", targetIdentifier: null, fallthroughType: "ActiveMembers" },
    ],
    isSymptom: false,
    causes: [],
  };
}

/** A rule of the server as a form. */
export function draftOfIssueRule(rule: IssueRule): IssueRuleDraft {
  const { name, environment, owner, actionMatch, filterMatch, frequency } = rule;
  const { conditions, filters, actions, isSymptom, causes } = rule;
  return {
    name,
    environment,
    owner,
    actionMatch,
    filterMatch,
    frequency,
    conditions,
    filters,
    actions,
    isSymptom,
    causes,
  };
}

/** Takes what a template says, and keeps the rest. */
export function withTemplate(draft: IssueRuleDraft, { name, rule }: RuleTemplate): IssueRuleDraft {
  return {
    ...draft,
    name: draft.name.trim() === "" ? name : draft.name,
    conditions: rule.conditions ?? draft.conditions,
    filters: rule.filters ?? draft.filters,
    actions: draft.actions.length > 0 ? draft.actions : (rule.actions ?? []),
    actionMatch: rule.actionMatch ?? draft.actionMatch,
    filterMatch: rule.filterMatch ?? draft.filterMatch,
    frequency: rule.frequency ?? draft.frequency,
  };
}

/** Looks for the type of error that an issue is about, so that a rule begins with it. */
export function draftOfIssue(errorType: string): IssueRuleDraft {
  const draft = newIssueDraft();
  if (errorType === "") return draft;
  const attribute = SHAPES.filters[0]?.id ?? "";
  return {
    ...draft,
    name: errorType,
    conditions: SHAPES.conditions.slice(0, 2).map(({ id }) => ({ id })),
    filters: [{ id: attribute, attribute: "exception.type", match: "eq", value: errorType }],
  };
}
