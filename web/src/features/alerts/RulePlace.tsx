import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Navigate, notFound } from "@tanstack/react-router";
import { rulePlaceQuery } from "../../lib/api/rules.ts";
import { remote } from "../../lib/remote.ts";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";

const route = getRouteApi("/$org/alerts/rules/$rule");

/** Where links in messages lead: they know a rule's number, but not which kind it is of. */
export function RulePlace() {
  const { org, rule: id } = route.useParams();
  const rule = remote(useQuery(rulePlaceQuery(org, id)));
  switch (rule.state) {
    case "loading":
      return <Skeleton lines={8} />;
    case "failed":
      return <ProblemView problem={rule.problem} onRetry={rule.retry} />;
    case "empty":
    case "ready": {
      if (rule.value === null) throw notFound();
      if (rule.value.type === "alert_rule") {
        return <Navigate replace to="/$org/alerts/rules/metric/$rule" params={{ org, rule: id }} />;
      }
      const project = rule.value.projects[0] ?? "";
      return (
        <Navigate replace to="/$org/alerts/rules/issue/$project/$rule" params={{ org, project, rule: id }} />
      );
    }
  }
}
