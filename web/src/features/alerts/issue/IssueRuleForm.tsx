import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type Action, useAction } from "../../../lib/action.ts";
import { withTemplate } from "../../../lib/alerts/issue-draft.ts";
import { ruleSentence } from "../../../lib/alerts/rule-sentence.ts";
import { say } from "../../../lib/alerts/text.ts";
import type { IssueRule, IssueRuleDraft, Quantifier } from "../../../lib/api/rule-types.ts";
import { rulesKey, saveIssueRule, templatesQuery } from "../../../lib/api/rules.ts";
import { useSession } from "../../../lib/api/session.ts";
import { t } from "../../../lib/i18n.ts";
import { useSettled } from "../../../lib/settled.ts";
import { Button } from "../../../ui/Button/Button.tsx";
import { Card } from "../../../ui/Card/Card.tsx";
import { FormProblem } from "../../../ui/FormProblem/FormProblem.tsx";
import { OwnerField } from "../../../ui/OwnerField/OwnerField.tsx";
import { SelectField } from "../../../ui/SelectField/SelectField.tsx";
import { TextField } from "../../../ui/TextField/TextField.tsx";
import styles from "../Alerts.module.css";
import { CauseFields } from "../CauseFields.tsx";
import { IssuePreview } from "./IssuePreview.tsx";
import { PartList } from "./PartList.tsx";
import { type Choices, labelOf, useChoices } from "./useChoices.ts";

const FREQUENCIES = ["5", "10", "30", "60", "180", "720", "1440", "10080", "43200"] as const;
const QUANTIFIERS: readonly Quantifier[] = ["all", "any", "none"];

interface Props {
  readonly org: string;
  readonly project: string;
  readonly initial: IssueRuleDraft;
  /** The rule that is changed; a new one is made without. */
  readonly rule: IssueRule | null;
  readonly onSaved: (rule: IssueRule) => void;
}

/** When, if, then: a rule about issues, and what it would have done. */
export function IssueRuleForm({ org, project, initial, rule, onSaved }: Props) {
  const action = useAction(rulesKey(org));
  const [draft, setDraft] = useState(initial);
  const [template, setTemplate] = useState<string | null>(null);
  const settled = useSettled(draft);
  const choices = useChoices(org, project);
  const change = (part: Partial<IssueRuleDraft>) => setDraft((known) => ({ ...known, ...part }));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await action.run(
      async () => onSaved(await saveIssueRule(org, project, draft, rule?.id ?? null)),
      say("rule.saved", { name: draft.name }),
    );
  };
  const isFixed = rule !== null && rule.origin !== null;
  return (
    <form className={styles.columns} onSubmit={(event) => void submit(event)}>
      <div className={styles.main}>
        {isFixed && <p className={styles.note}>{say("rule.provisioned", { file: rule.origin ?? "" })}</p>}
        {rule === null && (
          <Templates
            org={org}
            project={project}
            chosen={template}
            onChoose={(id, apply) => {
              setTemplate(id);
              setDraft(apply);
            }}
          />
        )}
        <Sentences draft={draft} choices={choices} change={change} action={action} />
        <Details
          org={org}
          project={project}
          draft={draft}
          change={change}
          action={action}
          ruleId={rule?.id}
        />
        <FormProblem problem={action.problem} />
        <div className={styles.buttons}>
          <Button
            type="submit"
            variant="primary"
            disabled={action.busy || isFixed || draft.name.trim() === "" || draft.conditions.length === 0}
          >
            {rule === null ? say("rule.create") : t("save")}
          </Button>
        </div>
      </div>
      <div className={styles.side}>
        <Card title={say("rule.inWords")}>
          <p>{ruleSentence(draft, (list, value) => labelOf(choices, list, value))}</p>
        </Card>
        <IssuePreview org={org} project={project} draft={settled} />
      </div>
    </form>
  );
}

interface TemplatesProps {
  readonly org: string;
  readonly project: string;
  readonly chosen: string | null;
  readonly onChoose: (id: string, apply: (draft: IssueRuleDraft) => IssueRuleDraft) => void;
}

function Templates({ org, project, chosen, onChoose }: TemplatesProps) {
  const { data: templates = [] } = useQuery(templatesQuery(org, project));
  if (templates.length === 0) return null;
  return (
    <Card title={say("templates")}>
      <div className={styles.templates}>
        {templates.map((one) => (
          <button
            key={one.id}
            type="button"
            className={styles.template}
            aria-pressed={one.id === chosen}
            onClick={() => onChoose(one.id, (draft) => withTemplate(draft, one))}
          >
            <b>{one.name}</b>
            <span>{one.about}</span>
          </button>
        ))}
      </div>
    </Card>
  );
}

interface PartsProps {
  readonly draft: IssueRuleDraft;
  readonly change: (part: Partial<IssueRuleDraft>) => void;
  readonly action: Action;
}

function Sentences({ draft, choices, change, action }: PartsProps & { readonly choices: Choices }) {
  const fields = action.problem?.fields ?? {};
  const matches = (role: "when" | "if") =>
    QUANTIFIERS.filter((one) => role === "if" || one !== "none").map((value) => ({
      value,
      label: say(`quantifier.${value}`),
    }));
  const chosen = (value: string) => QUANTIFIERS.find((one) => one === value) ?? "any";
  return (
    <>
      <Card
        title={say("rule.when")}
        actions={
          <SelectField
            inline
            label={say("quantifier")}
            value={draft.actionMatch}
            options={matches("when")}
            onChange={(value) => change({ actionMatch: chosen(value) })}
          />
        }
      >
        <PartList
          which="conditions"
          parts={draft.conditions}
          choices={choices}
          onChange={(conditions) => change({ conditions })}
          problem={fields.conditions?.join(" ")}
        />
      </Card>
      <Card
        title={say("rule.if")}
        actions={
          <SelectField
            inline
            label={say("quantifier.if")}
            value={draft.filterMatch}
            options={matches("if")}
            onChange={(value) => change({ filterMatch: chosen(value) })}
          />
        }
      >
        <PartList
          which="filters"
          parts={draft.filters}
          choices={choices}
          onChange={(filters) => change({ filters })}
          problem={fields.filters?.join(" ")}
        />
      </Card>
      <Card title={say("rule.then")}>
        <PartList
          which="actions"
          parts={draft.actions}
          choices={choices}
          onChange={(actions) => change({ actions })}
          problem={fields.actions?.join(" ")}
        />
      </Card>
    </>
  );
}

interface DetailsProps extends PartsProps {
  readonly org: string;
  readonly project: string;
  readonly ruleId: string | undefined;
}

function Details({ org, project, draft, change, action, ruleId }: DetailsProps) {
  const { projects } = useSession(org);
  const fields = action.problem?.fields ?? {};
  const environments = projects.find(({ slug }) => slug === project)?.environments ?? [];
  return (
    <Card title={say("rule.details")}>
      <div className={styles.form}>
        <div className={styles.two}>
          <TextField
            label={t("name")}
            required
            value={draft.name}
            onChange={(name) => change({ name })}
            problem={fields.name?.join(" ")}
          />
          <SelectField
            label={say("rule.frequency")}
            value={String(draft.frequency)}
            options={FREQUENCIES.map((value) => ({ value, label: say(`every.${value}`) }))}
            onChange={(value) => change({ frequency: Number(value) })}
            hint={say("rule.frequency.hint")}
            problem={fields.frequency?.join(" ")}
          />
          <SelectField
            label={say("rule.environment")}
            value={draft.environment ?? ""}
            options={[
              { value: "", label: say("rule.environment.all") },
              ...environments.map((value) => ({ value, label: value })),
            ]}
            onChange={(value) => change({ environment: value === "" ? null : value })}
            problem={fields.environment?.join(" ")}
          />
          <OwnerField
            org={org}
            value={draft.owner}
            onChange={(owner) => change({ owner })}
            problem={fields.owner?.join(" ")}
          />
        </div>
        <CauseFields
          org={org}
          ruleId={ruleId}
          isSymptom={draft.isSymptom}
          causes={draft.causes}
          onChange={(isSymptom, causes) => change({ isSymptom, causes })}
        />
      </div>
    </Card>
  );
}
