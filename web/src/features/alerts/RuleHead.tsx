import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useAction } from "../../lib/action.ts";
import { isOn, isProvisioned } from "../../lib/alerts/rules.ts";
import { say } from "../../lib/alerts/text.ts";
import type { CombinedRule } from "../../lib/api/rule-types.ts";
import { deleteRule, rulesKey, switchRule } from "../../lib/api/rules.ts";
import { may, useSession } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog/ConfirmDialog.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import styles from "./Alerts.module.css";
import { PhaseChip } from "./PhaseChip.tsx";

interface Props {
  readonly org: string;
  readonly rule: CombinedRule;
  /** Leaves the screen, before what is gone is asked for again. */
  readonly onDeleted: () => Promise<void>;
}

/** What a rule is called, whether it is on, and when it last fired. */
export function RuleHead({ org, rule, onDeleted }: Props) {
  const action = useAction(rulesKey(org));
  const [asking, setAsking] = useState(false);
  const session = useSession(org);
  const on = isOn(rule);
  const remove = async () => {
    await action.run(
      async () => {
        await deleteRule(org, rule);
        await onDeleted();
      },
      say("rule.deleted", { name: rule.name }),
    );
  };
  return (
    <div className={styles.bar}>
      <h2 className={styles.title}>{rule.name}</h2>
      {!on && <Chip>{say("rule.off")}</Chip>}
      {on && rule.type === "alert_rule" && <PhaseChip phase={rule.phase} />}
      <span className={styles.quiet}>
        {rule.lastTriggered === null ? (
          say("rule.neverFired")
        ) : (
          <>
            {say("rule.lastFired")} <RelativeTime time={rule.lastTriggered} sentence />
          </>
        )}
      </span>
      <span className={styles.spacer} />
      <FormProblem problem={action.problem} />
      {may(session, "org:write") && (
        <Link
          className={styles.link}
          to="/$org/settings/changes"
          params={{ org }}
          search={{ target: `${rule.type === "rule" ? "rule" : "alertrule"}:${rule.id}` }}
        >
          {say("rule.changes")}
        </Link>
      )}
      {!isProvisioned(rule) && (
        <>
          <Button
            disabled={action.busy}
            onClick={() => void action.run(() => switchRule(org, rule, !on), t("saved"))}
          >
            {say(on ? "rule.switchOff" : "rule.switchOn")}
          </Button>
          <Button disabled={action.busy} onClick={() => setAsking(true)}>
            {say("rule.delete")}
          </Button>
        </>
      )}
      {asking && (
        <ConfirmDialog
          title={say("rule.delete.title", { name: rule.name })}
          text={say("rule.delete.text")}
          action={say("rule.delete")}
          onConfirm={() => void remove()}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}
