import { useQuery } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { say } from "../../lib/alerts/text.ts";
import type { Escalation, EscalationStep, EscalationTarget } from "../../lib/api/alert-types.ts";
import { channelsQuery, escalationsQuery, rotationsQuery, saveEscalation } from "../../lib/api/alerts.ts";
import { membersQuery } from "../../lib/api/issues.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Dialog } from "../../ui/Dialog/Dialog.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { InlineField } from "../../ui/InlineField/InlineField.tsx";
import { SelectField, type SelectOption } from "../../ui/SelectField/SelectField.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Alerts.module.css";

const KINDS = ["channel", "rotation", "user", "mail"] as const;

interface Props {
  readonly org: string;
  /** The policy that is changed; a new one is made without. */
  readonly policy: Escalation | null;
  readonly onClose: () => void;
}

/** Who is told after whom, while nobody takes an alert up. A step that has several targets keeps them. */
export function EscalationDialog({ org, policy, onClose }: Props) {
  const action = useAction(escalationsQuery(org).queryKey);
  const targets = useTargets(org);
  const [name, setName] = useState(policy?.name ?? "");
  const [repeats, setRepeats] = useState(String(policy?.repeats ?? 0));
  const [steps, setSteps] = useState<readonly EscalationStep[]>(
    policy?.steps ?? [{ waitMinutes: 0, targets: [] }],
  );
  const change = (place: number, part: Partial<EscalationStep>) =>
    setSteps((known) => known.map((step, index) => (index === place ? { ...step, ...part } : step)));
  const problems = action.problem?.fields ?? {};
  const isWhole = steps.length > 0 && steps.every((step) => step.targets.length > 0);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const draft = { name, repeats: Math.max(0, Math.round(Number(repeats))), steps };
    if (await action.run(() => saveEscalation(org, draft, policy?.id ?? null), t("saved"))) onClose();
  };
  return (
    <Dialog wide title={policy?.name ?? say("escalation.new")} onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <TextField
          label={t("name")}
          required
          value={name}
          onChange={setName}
          problem={problems.name?.join(" ")}
        />
        <fieldset className={styles.fields}>
          <legend>{say("escalation.steps")}</legend>
          {steps.map((step, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
            <div key={place} className={styles.part}>
              {say("escalation.after")}
              <InlineField
                type="number"
                label={say("escalation.minutes")}
                value={String(step.waitMinutes)}
                onChange={(text) => change(place, { waitMinutes: Math.max(0, Math.round(Number(text))) })}
              />
              {say("escalation.tell")}
              <SelectField
                inline
                label={say("escalation.whom")}
                value={step.targets.map(idOf).join(" ")}
                options={[{ value: "", label: say("override.choose") }, ...targets]}
                onChange={(id) => change(place, { targets: id === "" ? [] : [targetOf(id)] })}
              />
              <span className={styles.spacer} />
              <Button
                size="small"
                variant="ghost"
                icon
                aria-label={say("part.remove")}
                onClick={() => setSteps(steps.filter((_, index) => index !== place))}
              >
                <X size={13} />
              </Button>
            </div>
          ))}
          {problems.steps !== undefined && <div className={styles.problem}>{problems.steps.join(" ")}</div>}
          <div>
            <Button size="small" onClick={() => setSteps([...steps, { waitMinutes: 15, targets: [] }])}>
              <Plus size={13} />
              {say("escalation.add")}
            </Button>
          </div>
        </fieldset>
        <TextField
          type="number"
          label={say("escalation.again")}
          value={repeats}
          onChange={setRepeats}
          problem={problems.repeats?.join(" ")}
        />
        <FormProblem problem={action.problem} />
        <div className={styles.buttons}>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" variant="primary" disabled={action.busy || name.trim() === "" || !isWhole}>
            {t("save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Whom a step can tell. */
function useTargets(org: string): readonly SelectOption[] {
  const { data: channels = [] } = useQuery(channelsQuery(org));
  const { data: rotations = [] } = useQuery(rotationsQuery(org));
  const { data: members = [] } = useQuery(membersQuery(org));
  return [
    ...rotations.map(({ name }) => ({ value: `rotation:${name}`, label: say("target.rotation", { name }) })),
    ...channels.map(({ name }) => ({ value: `channel:${name}`, label: say("target.channel", { name }) })),
    ...members.flatMap(({ user, name, email }) =>
      user === null ? [] : [{ value: `user:${user.id}`, label: name === "" ? email : name }],
    ),
  ];
}

function idOf(target: EscalationTarget): string {
  const kind = KINDS.find((one) => target[one] !== undefined);
  return kind === undefined ? "" : `${kind}:${target[kind]}`;
}

function targetOf(id: string): EscalationTarget {
  const at = id.indexOf(":");
  return { [id.slice(0, at)]: id.slice(at + 1) };
}
