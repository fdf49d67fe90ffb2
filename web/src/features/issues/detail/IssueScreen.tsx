import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Outlet } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { changeIssue, issueQuery } from "../../../lib/api/issues.ts";
import type { IssueDetail } from "../../../lib/api/types.ts";
import { type LiveHint, useLiveHints } from "../../../lib/live.ts";
import { remote } from "../../../lib/remote.ts";
import { ProblemView } from "../../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../../ui/Skeleton/Skeleton.tsx";
import { IssueHeader } from "./IssueHeader.tsx";
import styles from "./IssueScreen.module.css";
import { IssueTabs } from "./IssueTabs.tsx";

const route = getRouteApi("/$org/issues/$shortId");
const REFRESH_MS = 3_000;

/** One issue: what it is and what to do about it above, the chosen tab below. */
export function IssueScreen() {
  const { org, shortId } = route.useParams();
  const issue = remote(useQuery(issueQuery(org, shortId)));
  const loaded = issue.state === "ready" ? issue.value : undefined;
  useSeen(org, loaded);
  useLiveIssue(org, loaded);
  switch (issue.state) {
    case "loading":
      return <Skeleton lines={8} />;
    case "failed":
      return <ProblemView main problem={issue.problem} onRetry={issue.retry} />;
    case "empty":
    case "ready":
      return (
        <>
          <div className={styles.head}>
            <IssueHeader org={org} issue={issue.value} />
            <IssueTabs org={org} issue={issue.value} />
          </div>
          <Outlet />
        </>
      );
  }
}

/** Opening an issue marks it as seen; whether that worked is nobody's concern. */
function useSeen(org: string, issue: IssueDetail | undefined): void {
  const unseen = issue?.hasSeen === false ? issue.id : undefined;
  useEffect(() => {
    if (unseen !== undefined) changeIssue(org, unseen, { hasSeen: true }).catch(() => undefined);
  }, [org, unseen]);
}

function useLiveIssue(org: string, issue: IssueDetail | undefined): void {
  const queryClient = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useLiveHints((hints) => {
    if (!hints.some((hint) => concerns(hint, issue?.id))) return;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void queryClient.invalidateQueries({ queryKey: ["issue", org] });
    }, REFRESH_MS);
  });
}

function concerns(hint: LiveHint, issue: string | undefined): boolean {
  return hint.topic === "reload" || (hint.topic === "issue" && hint.id === issue);
}
