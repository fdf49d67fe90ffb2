import { useState } from "react";
import { DATASETS, PRESETS, presetOf } from "../../../lib/alerts/metric-draft.ts";
import { say } from "../../../lib/alerts/text.ts";
import { useSession } from "../../../lib/api/session.ts";
import { Card } from "../../../ui/Card/Card.tsx";
import { SelectField } from "../../../ui/SelectField/SelectField.tsx";
import { TextField } from "../../../ui/TextField/TextField.tsx";
import styles from "../Alerts.module.css";
import type { MetricPart } from "./MetricRuleForm.tsx";

const OWN = "own";
const WINDOWS = ["1", "5", "10", "15", "30", "60", "120", "240", "1440"] as const;
const GROUPS_MAX = 4;

/** Which number, of what, in which time. */
export function MetricQuestion({ org, draft, change, problems }: MetricPart) {
  const { projects } = useSession(org);
  const [groups, setGroups] = useState(draft.groupBy.join(", "));
  const project = draft.projects[0] ?? "";
  const environments = projects.find(({ slug }) => slug === project)?.environments ?? [];
  const choose = (id: string) => {
    const preset = PRESETS.find((one) => one.id === id);
    if (preset === undefined) change({ aggregate: "", dataset: "spans" });
    else change({ aggregate: preset.aggregate, dataset: preset.dataset });
  };
  const preset = presetOf(draft)?.id ?? OWN;
  return (
    <Card title={say("rule.when")}>
      <div className={styles.form}>
        <div className={styles.two}>
          <SelectField
            label={say("metric.number")}
            value={preset}
            options={[
              ...PRESETS.map(({ id }) => ({ value: id, label: say(`preset.${id}`) })),
              { value: OWN, label: say("preset.own") },
            ]}
            onChange={choose}
          />
          <SelectField
            label={say("metric.project")}
            value={project}
            options={projects.map(({ slug, name }) => ({ value: slug, label: name }))}
            onChange={(slug) => change({ projects: [slug], environment: null })}
            problem={problems.projects?.join(" ")}
          />
        </div>
        {preset === OWN && (
          <div className={styles.two}>
            <TextField
              mono
              label={say("metric.aggregate")}
              placeholder="avg(tags[bet,number])"
              value={draft.aggregate}
              onChange={(aggregate) => change({ aggregate })}
              problem={problems.aggregate?.join(" ")}
              hint={say("metric.aggregate.hint")}
            />
            <SelectField
              label={say("metric.dataset")}
              value={draft.dataset}
              options={DATASETS.map((value) => ({ value, label: say(`dataset.${value}`) }))}
              onChange={(dataset) => change({ dataset })}
              problem={problems.dataset?.join(" ")}
            />
          </div>
        )}
        <TextField
          mono
          label={say("metric.query")}
          placeholder="transaction:/deposit"
          value={draft.query}
          onChange={(query) => change({ query })}
          problem={problems.query?.join(" ")}
          hint={say("metric.query.hint")}
        />
        <div className={styles.two}>
          <SelectField
            label={say("metric.window")}
            value={String(draft.timeWindow)}
            options={WINDOWS.map((value) => ({ value, label: say(`window.${value}`) }))}
            onChange={(value) => change({ timeWindow: Number(value) })}
            problem={problems.timeWindow?.join(" ")}
          />
          <SelectField
            label={say("rule.environment")}
            value={draft.environment ?? ""}
            options={[
              { value: "", label: say("rule.environment.all") },
              ...environments.map((value) => ({ value, label: value })),
            ]}
            onChange={(value) => change({ environment: value === "" ? null : value })}
            problem={problems.environment?.join(" ")}
          />
          <TextField
            label={say("metric.groupBy")}
            placeholder="market, provider"
            value={groups}
            onChange={(text) => {
              setGroups(text);
              change({ groupBy: groupsOf(text) });
            }}
            problem={problems.groupBy?.join(" ")}
            hint={say("metric.groupBy.hint")}
          />
        </div>
      </div>
    </Card>
  );
}

function groupsOf(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  return names.filter((name) => name !== "").slice(0, GROUPS_MAX);
}
