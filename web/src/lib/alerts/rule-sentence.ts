import type { IssueRuleDraft, RulePart } from "../api/rule-types.ts";
import { type ChoiceList, isField, type PartRole, settingOf, shapeOf, shownPieces } from "./rule-parts.ts";
import { say } from "./text.ts";

/** What a value is called, if it has a name. */
export type NameOf = (list: ChoiceList, value: string) => string;

/** A part as people say it; a part that this version does not know is called by its last word. */
export function partSentence(role: PartRole, part: RulePart, nameOf: NameOf): string {
  const shape = shapeOf(role, part.id);
  if (shape === undefined) return part.id.split(".").at(-1) ?? part.id;
  return shownPieces(shape, part)
    .map((piece) => {
      if (!isField(piece)) return say(piece.word);
      const value = settingOf(part, piece.field);
      return piece.from === "number" || piece.from === "text" ? value : nameOf(piece.from, value);
    })
    .filter((text) => text !== "")
    .join(" ");
}

type Parts = Pick<IssueRuleDraft, "conditions" | "filters" | "actions" | "actionMatch" | "filterMatch">;

/** A whole rule in one sentence. */
export function ruleSentence(rule: Parts, nameOf: NameOf): string {
  const list = (role: PartRole, joined: string) =>
    rule[role].map((part) => partSentence(role, part, nameOf)).join(` ${joined} `);
  const and = say("sentence.and");
  const or = say("sentence.or");
  const joint = (match: string) => (match === "all" ? and : or);
  const parts = [say("sentence.when", { what: list("conditions", joint(rule.actionMatch)) })];
  if (rule.filters.length > 0) {
    const what = list("filters", joint(rule.filterMatch));
    parts.push(say(rule.filterMatch === "none" ? "sentence.unless" : "sentence.if", { what }));
  }
  if (rule.actions.length > 0) parts.push(say("sentence.then", { what: list("actions", and) }));
  return parts.join(", ");
}
