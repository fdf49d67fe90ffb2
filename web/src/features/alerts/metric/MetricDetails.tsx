import { say } from "../../../lib/alerts/text.ts";
import { t } from "../../../lib/i18n.ts";
import { Card } from "../../../ui/Card/Card.tsx";
import { OwnerField } from "../../../ui/OwnerField/OwnerField.tsx";
import { TextField } from "../../../ui/TextField/TextField.tsx";
import styles from "../Alerts.module.css";
import { CauseFields } from "../CauseFields.tsx";
import type { MetricPart } from "./MetricRuleForm.tsx";

/** What the rule is called, whose it is, and what to do when it fires. */
export function MetricDetails({
  org,
  draft,
  change,
  problems,
  ruleId,
}: MetricPart & { readonly ruleId: string | undefined }) {
  return (
    <Card title={say("metric.details")}>
      <div className={styles.form}>
        <div className={styles.two}>
          <TextField
            label={t("name")}
            required
            value={draft.name}
            onChange={(name) => change({ name })}
            problem={problems.name?.join(" ")}
          />
          <OwnerField
            org={org}
            value={draft.owner}
            onChange={(owner) => change({ owner })}
            problem={problems.owner?.join(" ")}
          />
          <TextField
            label={say("metric.runbook")}
            placeholder="https://"
            value={draft.runbookUrl ?? ""}
            onChange={(text) => change({ runbookUrl: text === "" ? null : text })}
            problem={problems.runbookUrl?.join(" ")}
            hint={say("metric.runbook.hint")}
          />
        </div>
        <TextField
          label={say("metric.description")}
          rows={3}
          value={draft.description}
          onChange={(description) => change({ description })}
          problem={problems.description?.join(" ")}
        />
        <CauseFields
          org={org}
          ruleId={ruleId}
          isSymptom={draft.symptom}
          causes={draft.causes}
          onChange={(symptom, causes) => change({ symptom, causes })}
        />
      </div>
    </Card>
  );
}
