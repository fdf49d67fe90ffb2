import { useQuery } from "@tanstack/react-query";
import { say } from "../../lib/alerts/text.ts";
import { rulesToNameQuery } from "../../lib/api/rules.ts";
import { Checkbox } from "../../ui/Checkbox/Checkbox.tsx";
import styles from "./Alerts.module.css";

interface Props {
  readonly org: string;
  /** A rule cannot be its own cause. */
  readonly ruleId: string | undefined;
  readonly isSymptom: boolean;
  readonly causes: readonly string[];
  readonly onChange: (isSymptom: boolean, causes: readonly string[]) => void;
}

/** Whether people feel what the rule finds, and which rules find why. */
export function CauseFields({ org, ruleId, isSymptom, causes, onChange }: Props) {
  const { data: rules = [] } = useQuery(rulesToNameQuery(org));
  const others = rules.filter(({ id }) => id !== ruleId);
  return (
    <>
      <Checkbox
        label={say("rule.symptom")}
        hint={say("rule.symptom.hint")}
        checked={isSymptom}
        onChange={(on) => onChange(on, on ? causes : [])}
      />
      {isSymptom && (
        <fieldset className={styles.fields}>
          <legend>{say("rule.causes")}</legend>
          {others.length === 0 && <p className={styles.quiet}>{say("rule.causes.none")}</p>}
          {others.map(({ id, name }) => (
            <Checkbox
              key={id}
              label={name}
              checked={causes.includes(id)}
              onChange={(on) => onChange(true, on ? [...causes, id] : causes.filter((one) => one !== id))}
            />
          ))}
        </fieldset>
      )}
    </>
  );
}
