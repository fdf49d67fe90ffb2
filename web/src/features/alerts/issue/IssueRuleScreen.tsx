import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { draftOfIssueRule } from "../../../lib/alerts/issue-draft.ts";
import { issueRuleQuery } from "../../../lib/api/rules.ts";
import { remote } from "../../../lib/remote.ts";
import { ProblemView } from "../../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../../ui/Skeleton/Skeleton.tsx";
import styles from "../Alerts.module.css";
import { RuleHead } from "../RuleHead.tsx";
import { IssueRuleForm } from "./IssueRuleForm.tsx";

const route = getRouteApi("/$org/alerts/rules/issue/$project/$rule");

/** One rule about issues, to be read and changed. */
export function IssueRuleScreen() {
  const { org, project, rule: id } = route.useParams();
  const navigate = route.useNavigate();
  const rule = remote(useQuery(issueRuleQuery(org, project, id)));
  const toRules = () => navigate({ to: "/$org/alerts/rules", params: { org }, search: {} });
  switch (rule.state) {
    case "loading":
      return <Skeleton lines={8} />;
    case "failed":
      return <ProblemView problem={rule.problem} onRetry={rule.retry} />;
    case "empty":
    case "ready":
      return (
        <div className={styles.screen}>
          <RuleHead org={org} rule={{ ...rule.value, type: "rule" }} onDeleted={toRules} />
          <IssueRuleForm
            key={rule.value.id}
            org={org}
            project={project}
            initial={draftOfIssueRule(rule.value)}
            rule={rule.value}
            onSaved={() => void toRules()}
          />
        </div>
      );
  }
}
