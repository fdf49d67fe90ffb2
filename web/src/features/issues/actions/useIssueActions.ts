import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { actorText, refresh, useChangeIssues } from "../../../lib/api/issue-changes.ts";
import { changeIssues, deleteIssues, type Matching } from "../../../lib/api/issues.ts";
import type { Actor, Issue } from "../../../lib/api/types.ts";
import { t } from "../../../lib/i18n.ts";
import { problemOf } from "../../../lib/remote.ts";
import { toast, toastError } from "../../../lib/toasts.ts";
import type { ArchiveChoice, ResolveChoice } from "./choices.ts";

/** All that can be done to one issue or to many. */
export interface IssueActions {
  readonly resolve: (issues: readonly Issue[], choice: ResolveChoice) => void;
  readonly reopen: (issues: readonly Issue[]) => void;
  readonly archive: (issues: readonly Issue[], choice: ArchiveChoice) => void;
  readonly assign: (issues: readonly Issue[], to: Actor | null) => void;
  readonly prioritise: (issues: readonly Issue[], priority: "high" | "medium" | "low") => void;
  readonly bookmark: (issues: readonly Issue[], on: boolean) => void;
  readonly subscribe: (issues: readonly Issue[], on: boolean) => void;
  readonly merge: (issues: readonly Issue[]) => Promise<void>;
  readonly remove: (issues: readonly Issue[]) => Promise<void>;
  readonly discard: (issues: readonly Issue[]) => Promise<void>;
}

/** With `matching`, all of these are meant wherever some are named. */
export function useIssueActions(org: string, matching?: Matching): IssueActions {
  const queryClient = useQueryClient();
  const change = useChangeIssues(org, matching);
  return useMemo(() => {
    const report = async (work: Promise<void>, said: string) => {
      try {
        await work;
        toast(said);
      } catch (error) {
        toastError(t("change.failed", { why: problemOf(error).detail }));
      }
      await refresh(queryClient, org);
    };
    const which = (issues: readonly Issue[]) => matching ?? issues.map((issue) => issue.id);
    const countOf = (issues: readonly Issue[]) => matching?.count ?? issues.length;
    return {
      resolve: (issues, choice) =>
        void change(issues, choice.change, {
          said: t("done.resolved", { count: countOf(issues) }),
          shows: { status: "resolved", substatus: null, statusDetails: choice.shows },
        }),
      reopen: (issues) =>
        void change(
          issues,
          { status: "unresolved" },
          {
            said: t("done.reopened", { count: countOf(issues) }),
            shows: { status: "unresolved", substatus: "ongoing", statusDetails: {} },
          },
        ),
      archive: (issues, choice) =>
        void change(issues, choice.change, {
          said: t("done.archived", { count: countOf(issues) }),
          shows: { status: "ignored", substatus: choice.change.substatus ?? null, statusDetails: {} },
        }),
      assign: (issues, to) =>
        void change(
          issues,
          { assignedTo: actorText(to) },
          {
            said:
              to === null
                ? t("done.unassigned", { count: countOf(issues) })
                : t("done.assigned", { count: countOf(issues), name: to.name }),
            shows: { assignedTo: to },
          },
        ),
      prioritise: (issues, priority) =>
        void change(
          issues,
          { priority },
          { said: t("done.priority", { count: countOf(issues) }), shows: { priority } },
        ),
      bookmark: (issues, on) =>
        void change(
          issues,
          { isBookmarked: on },
          { said: t(on ? "done.bookmarked" : "done.unbookmarked"), shows: { isBookmarked: on } },
        ),
      subscribe: (issues, on) =>
        void change(
          issues,
          { isSubscribed: on },
          { said: t(on ? "done.subscribed" : "done.unsubscribed"), shows: { isSubscribed: on } },
        ),
      merge: (issues) =>
        report(changeIssues(org, which(issues), { merge: 1 }), t("done.merged", { count: countOf(issues) })),
      remove: (issues) =>
        report(deleteIssues(org, which(issues)), t("done.deleted", { count: countOf(issues) })),
      discard: (issues) =>
        report(
          changeIssues(org, which(issues), { discard: true }),
          t("done.discarded", { count: countOf(issues) }),
        ),
    };
  }, [queryClient, change, org, matching]);
}
