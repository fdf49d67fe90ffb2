import { type FormEvent, useState } from "react";
import { useAction } from "../../../lib/action.ts";
import { say } from "../../../lib/alerts/text.ts";
import type { FieldProblems } from "../../../lib/api/client.ts";
import type { MetricRule, MetricRuleDraft } from "../../../lib/api/rule-types.ts";
import { rulesKey, saveMetricRule } from "../../../lib/api/rules.ts";
import { t } from "../../../lib/i18n.ts";
import { useSettled } from "../../../lib/settled.ts";
import { Button } from "../../../ui/Button/Button.tsx";
import { FormProblem } from "../../../ui/FormProblem/FormProblem.tsx";
import styles from "../Alerts.module.css";
import { MetricDetails } from "./MetricDetails.tsx";
import { MetricPreviewCard } from "./MetricPreviewCard.tsx";
import { MetricQuestion } from "./MetricQuestion.tsx";
import { MetricState } from "./MetricState.tsx";
import { MetricThresholds } from "./MetricThresholds.tsx";

interface Props {
  readonly org: string;
  readonly initial: MetricRuleDraft;
  /** The rule that is changed; a new one is made without. */
  readonly rule: MetricRule | null;
  readonly onSaved: (rule: MetricRule) => void;
}

/** What each part of the form is given. */
export interface MetricPart {
  readonly org: string;
  readonly draft: MetricRuleDraft;
  readonly change: (part: Partial<MetricRuleDraft>) => void;
  readonly problems: FieldProblems;
}

/** A rule about a number, and what it would have done. */
export function MetricRuleForm({ org, initial, rule, onSaved }: Props) {
  const action = useAction(rulesKey(org));
  const [draft, setDraft] = useState(initial);
  const settled = useSettled(draft);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await action.run(
      async () => onSaved(await saveMetricRule(org, draft, rule?.id ?? null)),
      say("rule.saved", { name: draft.name }),
    );
  };
  const isFixed = rule !== null && rule.origin !== "";
  const part: MetricPart = {
    org,
    draft,
    change: (next) => setDraft((known) => ({ ...known, ...next })),
    problems: action.problem?.fields ?? {},
  };
  return (
    <form className={styles.columns} onSubmit={(event) => void submit(event)}>
      <div className={styles.main}>
        {isFixed && <p className={styles.note}>{say("rule.provisioned", { file: rule.origin })}</p>}
        {rule?.warnings.map((warning) => (
          <p key={warning} className={styles.note}>
            {warning}
          </p>
        ))}
        <MetricQuestion {...part} />
        <MetricThresholds {...part} />
        <MetricDetails {...part} ruleId={rule?.id} />
        <FormProblem problem={action.problem} />
        <div className={styles.buttons}>
          <Button
            type="submit"
            variant="primary"
            disabled={action.busy || isFixed || draft.name.trim() === "" || draft.projects.length === 0}
          >
            {rule === null ? say("rule.create") : t("save")}
          </Button>
        </div>
      </div>
      <div className={styles.side}>
        {rule !== null && <MetricState org={org} rule={rule} />}
        <MetricPreviewCard org={org} draft={settled} />
      </div>
    </form>
  );
}
