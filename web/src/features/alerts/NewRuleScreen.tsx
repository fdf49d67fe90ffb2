import { getRouteApi } from "@tanstack/react-router";
import { draftOfIssue } from "../../lib/alerts/issue-draft.ts";
import { newMetricDraft } from "../../lib/alerts/metric-draft.ts";
import { say } from "../../lib/alerts/text.ts";
import { useSession } from "../../lib/api/session.ts";
import { type NewRuleSearch, RULE_KINDS } from "../../lib/urlstate.ts";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import { SelectField } from "../../ui/SelectField/SelectField.tsx";
import styles from "./Alerts.module.css";
import { IssueRuleForm } from "./issue/IssueRuleForm.tsx";
import { MetricRuleForm } from "./metric/MetricRuleForm.tsx";

const route = getRouteApi("/$org/alerts/rules/new");

/** A rule is made: about issues, or about a number. */
export function NewRuleScreen() {
  const { org } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { projects } = useSession(org);
  const { kind = "issue", error = "" } = search;
  const project = projects.find(({ slug }) => slug === search.in)?.slug ?? projects[0]?.slug ?? "";
  const change = (next: Partial<NewRuleSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...next }), resetScroll: false, replace: true });
  const toRules = () => void navigate({ to: "/$org/alerts/rules", params: { org }, search: {} });
  return (
    <div className={styles.screen}>
      <div className={styles.bar}>
        <Segmented
          label={say("rule.kind")}
          options={RULE_KINDS.map((value) => ({ value, label: say(`rule.kind.${value}`) }))}
          value={kind}
          onChange={(value) => change({ kind: value })}
        />
        {kind === "issue" && (
          <SelectField
            inline
            label={say("metric.project")}
            value={project}
            options={projects.map(({ slug, name }) => ({ value: slug, label: name }))}
            onChange={(value) => change({ in: value })}
          />
        )}
      </div>
      {kind === "issue" ? (
        <IssueRuleForm
          key={project}
          org={org}
          project={project}
          initial={draftOfIssue(error)}
          rule={null}
          onSaved={toRules}
        />
      ) : (
        <MetricRuleForm org={org} initial={newMetricDraft(project)} rule={null} onSaved={toRules} />
      )}
    </div>
  );
}
