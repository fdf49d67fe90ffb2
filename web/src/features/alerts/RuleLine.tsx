import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useAction } from "../../lib/action.ts";
import { partSentence } from "../../lib/alerts/rule-sentence.ts";
import { isOn, isProvisioned } from "../../lib/alerts/rules.ts";
import { say } from "../../lib/alerts/text.ts";
import type { NoiseNumbers } from "../../lib/api/alert-types.ts";
import type { CombinedRule } from "../../lib/api/rule-types.ts";
import { rulesKey, switchRule } from "../../lib/api/rules.ts";
import { formatCount, formatPercent } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import styles from "./Alerts.module.css";
import { PhaseChip } from "./PhaseChip.tsx";

interface Props {
  readonly org: string;
  readonly rule: CombinedRule;
  /** What it did in the last week. */
  readonly noise: NoiseNumbers | undefined;
}

export function RuleLine({ org, rule, noise }: Props) {
  const action = useAction(rulesKey(org));
  const on = isOn(rule);
  return (
    <tr>
      <td>
        <RuleName org={org} rule={rule}>
          {rule.name}
        </RuleName>
        <div className={styles.under}>
          <span>{summary(rule)}</span>
          {isProvisioned(rule) && <Chip>{say("rule.fromFile")}</Chip>}
          {(rule.type === "rule" ? rule.isSymptom : rule.symptom) && (
            <Chip tone="info">{say("alert.symptom")}</Chip>
          )}
        </div>
        <FormProblem problem={action.problem} />
      </td>
      <td className={styles.nowrap}>
        {!on && <Chip>{say("rule.off")}</Chip>}
        {on && rule.type === "rule" && <Chip tone="ok">{say("rule.on")}</Chip>}
        {on && rule.type === "alert_rule" && <PhaseChip phase={rule.phase} />}
      </td>
      <td>{rule.projects.join(", ")}</td>
      <td className={styles.nowrap}>
        {rule.lastTriggered === null ? t("never") : <RelativeTime time={rule.lastTriggered} sentence />}
      </td>
      <td data-right="">{formatCount(noise?.raw ?? 0)}</td>
      <td data-right="">{formatCount(noise?.notified ?? 0)}</td>
      <td data-right="">{noise?.actionable == null ? "—" : formatPercent(noise.actionable)}</td>
      <td>
        {!isProvisioned(rule) && (
          <span className={styles.end}>
            <Button
              size="small"
              disabled={action.busy}
              aria-label={say(on ? "rule.switchOff.name" : "rule.switchOn.name", { name: rule.name })}
              onClick={() => void action.run(() => switchRule(org, rule, !on), t("saved"))}
            >
              {say(on ? "rule.switchOff" : "rule.switchOn")}
            </Button>
          </span>
        )}
      </td>
    </tr>
  );
}

/** What it watches, in a few words. */
function summary(rule: CombinedRule): string {
  if (rule.type === "alert_rule") return rule.aggregate.replace(/ AS .*$/, "");
  return rule.conditions.map((part) => partSentence("conditions", part, (_, value) => value)).join(", ");
}

function RuleName({
  org,
  rule,
  children,
}: {
  readonly org: string;
  readonly rule: CombinedRule;
  readonly children: ReactNode;
}) {
  if (rule.type === "alert_rule") {
    return (
      <Link to="/$org/alerts/rules/metric/$rule" params={{ org, rule: rule.id }} className={styles.name}>
        {children}
      </Link>
    );
  }
  return (
    <Link
      to="/$org/alerts/rules/issue/$project/$rule"
      params={{ org, project: rule.projects[0] ?? "", rule: rule.id }}
      className={styles.name}
    >
      {children}
    </Link>
  );
}
