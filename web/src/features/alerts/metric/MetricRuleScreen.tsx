import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { draftOfMetricRule } from "../../../lib/alerts/metric-draft.ts";
import { metricRuleQuery } from "../../../lib/api/rules.ts";
import { remote } from "../../../lib/remote.ts";
import { ProblemView } from "../../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../../ui/Skeleton/Skeleton.tsx";
import styles from "../Alerts.module.css";
import { RuleHead } from "../RuleHead.tsx";
import { MetricRuleForm } from "./MetricRuleForm.tsx";

const route = getRouteApi("/$org/alerts/rules/metric/$rule");

/** One rule about a number, to be read and changed. */
export function MetricRuleScreen() {
  const { org, rule: id } = route.useParams();
  const navigate = route.useNavigate();
  const rule = remote(useQuery(metricRuleQuery(org, id)));
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
          <RuleHead org={org} rule={{ ...rule.value, type: "alert_rule" }} onDeleted={toRules} />
          <MetricRuleForm
            key={rule.value.id}
            org={org}
            initial={draftOfMetricRule(rule.value)}
            rule={rule.value}
            onSaved={() => void toRules()}
          />
        </div>
      );
  }
}
