import type { Issue } from "./api/types.ts";
import { type MessageKey, t } from "./i18n.ts";
import { shortHash } from "./releases.ts";

/** The two lines of a title: what it is, and what it says. */
export function headline(issue: Pick<Issue, "title" | "metadata">): {
  readonly name: string;
  readonly text: string;
} {
  const { type, value, title } = issue.metadata;
  if (type !== undefined && type !== "") return { name: type, text: value ?? "" };
  return { name: title ?? issue.title, text: "" };
}

export interface Flag {
  readonly text: string;
  readonly tone: "error" | "warn" | "ok" | "info" | "plain";
}

const SUBSTATUS: Readonly<Record<string, readonly [MessageKey, Flag["tone"]]>> = {
  new: ["status.new", "info"],
  regressed: ["status.regressed", "warn"],
  escalating: ["status.escalating", "error"],
};

/** What stands out about an issue's state; an ordinary open issue has nothing that does. */
export function flagOf(issue: Pick<Issue, "status" | "substatus" | "statusDetails">): Flag | null {
  if (issue.status === "resolved") return { text: resolvedText(issue), tone: "ok" };
  if (issue.status === "ignored") return { text: t("status.archived"), tone: "plain" };
  const known = SUBSTATUS[issue.substatus ?? ""];
  return known === undefined ? null : { text: t(known[0]), tone: known[1] };
}

function resolvedText({ statusDetails }: Pick<Issue, "statusDetails">): string {
  if (statusDetails.inNextRelease === true) return t("status.resolvedNext");
  if (statusDetails.inRelease !== undefined)
    return t("status.resolvedIn", { release: statusDetails.inRelease });
  if (statusDetails.inCommit !== undefined)
    return t("status.resolvedInCommit", { commit: shortHash(statusDetails.inCommit.commit) });
  return t("status.resolved");
}

/** Counts of the trend, oldest first, whatever the server called its window. */
export function trendOf(issue: Pick<Issue, "stats">): number[] {
  const points = Object.values(issue.stats ?? {})[0] ?? [];
  return points.map(([, count]) => count);
}
