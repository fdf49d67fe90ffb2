import { withDetection, withThreshold } from "../../../lib/alerts/metric-draft.ts";
import { say } from "../../../lib/alerts/text.ts";
import type { MetricRuleDraft } from "../../../lib/api/rule-types.ts";
import { Card } from "../../../ui/Card/Card.tsx";
import { Segmented } from "../../../ui/Segmented/Segmented.tsx";
import { SelectField } from "../../../ui/SelectField/SelectField.tsx";
import styles from "../Alerts.module.css";
import { AnomalyFields } from "./AnomalyFields.tsx";
import { MetricActions } from "./MetricActions.tsx";
import type { MetricPart } from "./MetricRuleForm.tsx";
import { NumberText } from "./NumberText.tsx";

const DETECTIONS: readonly MetricRuleDraft["detectionType"][] = ["static", "percent", "dynamic"];
const BEFORE = ["60", "1440", "10080", "43200"] as const;
const LABELS = ["critical", "warning"] as const;

/** What is too much or too little, for how long, and who hears of it. */
export function MetricThresholds({ org, draft, change, problems }: MetricPart) {
  const { detectionType, thresholdType } = draft;
  const actionsOf = (label: "critical" | "warning") =>
    draft.triggers.find((trigger) => trigger.label === label);
  return (
    <Card
      title={say("metric.thresholds")}
      actions={
        <Segmented
          label={say("metric.detection")}
          options={DETECTIONS.map((value) => ({ value, label: say(`detection.${value}`) }))}
          value={detectionType}
          onChange={(value) => change(withDetection(draft, value))}
        />
      }
    >
      <div className={styles.form}>
        {detectionType === "dynamic" ? (
          <AnomalyFields draft={draft} change={change} problems={problems} org={org} />
        ) : (
          <div className={styles.four}>
            <SelectField
              label={say("metric.direction")}
              value={String(thresholdType)}
              options={[
                { value: "0", label: say(`direction.above.${detectionType}`) },
                { value: "1", label: say(`direction.below.${detectionType}`) },
              ]}
              onChange={(value) => change({ thresholdType: value === "1" ? 1 : 0 })}
            />
            {detectionType === "percent" && (
              <SelectField
                label={say("metric.before")}
                value={String(draft.comparisonDelta ?? "")}
                options={BEFORE.map((value) => ({ value, label: say(`before.${value}`) }))}
                onChange={(value) => change({ comparisonDelta: Number(value) })}
                problem={problems.comparisonDelta?.join(" ")}
              />
            )}
            {LABELS.map((label) => (
              <NumberText
                key={label}
                label={say(detectionType === "percent" ? `metric.${label}.percent` : `metric.${label}`)}
                value={actionsOf(label)?.alertThreshold ?? null}
                onChange={(value) => change(withThreshold(draft, label, value))}
                problem={label === "critical" ? problems.triggers?.join(" ") : undefined}
                hint={label === "warning" ? say("metric.warning.hint") : undefined}
              />
            ))}
            <NumberText
              label={say("metric.resolve")}
              value={draft.resolveThreshold}
              onChange={(resolveThreshold) => change({ resolveThreshold })}
              problem={problems.resolveThreshold?.join(" ")}
              hint={say("metric.resolve.hint")}
            />
          </div>
        )}
        <div className={styles.four}>
          <NumberText
            label={say("metric.for")}
            value={draft.forMinutes}
            onChange={(value) => change({ forMinutes: value ?? 0 })}
            problem={problems.forMinutes?.join(" ")}
            hint={say("metric.for.hint")}
          />
          <NumberText
            label={say("metric.recover")}
            value={draft.recoverMinutes}
            onChange={(value) => change({ recoverMinutes: value ?? 0 })}
            problem={problems.recoverMinutes?.join(" ")}
          />
          <SelectField
            label={say("metric.noData")}
            value={draft.noData}
            options={(["keep", "ok", "alert"] as const).map((value) => ({
              value,
              label: say(`noData.${value}`),
            }))}
            onChange={(value) =>
              change({ noData: value === "ok" ? "ok" : value === "alert" ? "alert" : "keep" })
            }
            problem={problems.noData?.join(" ")}
          />
          <NumberText
            label={say("metric.noDataMinutes")}
            value={draft.noDataMinutes}
            onChange={(value) => change({ noDataMinutes: value ?? 0 })}
            problem={problems.noDataMinutes?.join(" ")}
          />
        </div>
        {draft.triggers.map((trigger) => (
          <MetricActions
            key={trigger.label}
            org={org}
            label={say(`then.${trigger.label}`)}
            actions={trigger.actions}
            onChange={(actions) =>
              change({
                triggers: draft.triggers.map((one) =>
                  one.label === trigger.label ? { ...one, actions } : one,
                ),
              })
            }
          />
        ))}
      </div>
    </Card>
  );
}
