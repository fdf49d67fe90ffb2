import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import type { MonitorConfig, MonitorDraft } from "../../lib/api/monitor-types.ts";
import { monitorsKey, scheduleQuery } from "../../lib/api/monitors.ts";
import { useSession } from "../../lib/api/session.ts";
import { intervalOf, slugOf, UNITS, withScheduleType } from "../../lib/crons/monitor-draft.ts";
import { formatDateTime } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { problemOf } from "../../lib/remote.ts";
import { useSettled } from "../../lib/settled.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { OwnerField } from "../../ui/OwnerField/OwnerField.tsx";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import { SelectField } from "../../ui/SelectField/SelectField.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Crons.module.css";
import { say } from "./text.ts";

interface Props {
  readonly org: string;
  readonly initial: MonitorDraft;
  readonly submit: string;
  readonly save: (draft: MonitorDraft) => Promise<void>;
  /** A monitor stays in its project; a new one chooses it. */
  readonly isNew?: boolean;
  readonly onChange?: (draft: MonitorDraft) => void;
}

/** When a job is due, how late it may be, and how often it may fail. */
export function MonitorForm({ org, initial, submit, save, isNew = false, onChange }: Props) {
  const action = useAction(monitorsKey(org));
  const { projects } = useSession(org);
  const [draft, setDraft] = useState(initial);
  const change = (part: Partial<MonitorDraft>) => {
    const next = { ...draft, ...part };
    setDraft(next);
    onChange?.(next);
  };
  const problems = action.problem?.fields ?? {};
  const send = async (event: FormEvent) => {
    event.preventDefault();
    await action.run(() => save(draft), t("saved"));
  };
  return (
    <form className={styles.form} onSubmit={(event) => void send(event)}>
      <div className={styles.two}>
        <TextField
          label={t("name")}
          required
          value={draft.name}
          onChange={(name) => change({ name })}
          problem={problems.name?.join(" ")}
        />
        <TextField
          mono
          label={say("slug")}
          placeholder={slugOf(draft.name)}
          value={draft.slug}
          onChange={(slug) => change({ slug })}
          problem={problems.slug?.join(" ")}
          hint={say("slug.hint")}
        />
        {isNew && (
          <SelectField
            label={say("project")}
            value={draft.project}
            options={projects.map(({ slug, name }) => ({ value: slug, label: name }))}
            onChange={(project) => change({ project })}
            problem={problems.project?.join(" ")}
          />
        )}
        <OwnerField
          org={org}
          value={draft.owner}
          onChange={(owner) => change({ owner })}
          problem={problems.owner?.join(" ")}
        />
      </div>
      <ScheduleFields
        org={org}
        config={draft.config}
        onChange={(config) => change({ config })}
        problems={problems}
      />
      <FormProblem problem={action.problem} />
      <div className={styles.buttons}>
        <Button type="submit" variant="primary" disabled={action.busy || draft.name.trim() === ""}>
          {submit}
        </Button>
      </div>
    </form>
  );
}

interface ScheduleProps {
  readonly org: string;
  readonly config: MonitorConfig;
  readonly onChange: (config: MonitorConfig) => void;
  readonly problems: Readonly<Record<string, readonly string[]>>;
}

const NUMBERS = [
  ["checkin_margin", "margin"],
  ["max_runtime", "maxRuntime"],
  ["failure_issue_threshold", "failures"],
  ["recovery_threshold", "recoveries"],
] as const;

function ScheduleFields({ org, config, onChange, problems }: ScheduleProps) {
  const change = (part: Partial<MonitorConfig>) => onChange({ ...config, ...part });
  const [count, unit] = intervalOf(config.schedule);
  const zones = Intl.supportedValuesOf("timeZone");
  return (
    <>
      <div>
        <Segmented
          label={say("schedule.type")}
          options={(["crontab", "interval"] as const).map((value) => ({
            value,
            label: say(`schedule.${value}`),
          }))}
          value={config.schedule_type}
          onChange={(type) => onChange(withScheduleType(config, type))}
        />
      </div>
      <div className={styles.two}>
        {typeof config.schedule === "string" ? (
          <TextField
            mono
            label={say("schedule.crontab")}
            value={config.schedule}
            onChange={(schedule) => change({ schedule })}
            problem={problems.schedule?.join(" ")}
          />
        ) : (
          <>
            <TextField
              type="number"
              label={say("schedule.every")}
              value={String(count)}
              onChange={(text) => change({ schedule: [Math.max(1, Math.round(Number(text))), unit] })}
              problem={problems.schedule?.join(" ")}
            />
            <SelectField
              label={say("schedule.unit")}
              value={unit}
              options={UNITS.map((value) => ({ value, label: say(`unit.${value}`) }))}
              onChange={(value) => change({ schedule: [count, value] })}
            />
          </>
        )}
        {config.schedule_type === "crontab" && (
          <SelectField
            label={say("timezone")}
            value={config.timezone}
            options={["UTC", ...zones.filter((zone) => zone !== "UTC")].map((zone) => ({
              value: zone,
              label: zone,
            }))}
            onChange={(timezone) => change({ timezone })}
            problem={problems.timezone?.join(" ")}
          />
        )}
      </div>
      <NextRuns org={org} config={config} />
      <div className={styles.two}>
        {NUMBERS.map(([field, name]) => (
          <TextField
            key={field}
            type="number"
            label={say(name)}
            value={config[field] === null ? "" : String(config[field])}
            onChange={(text) => change({ [field]: text === "" ? null : Math.round(Number(text)) })}
            problem={problems[field]?.join(" ")}
            hint={say(`${name}.hint`)}
          />
        ))}
      </div>
    </>
  );
}

/** When it would be due: the quickest way to see that a crontab says what was meant. */
function NextRuns({ org, config }: { readonly org: string; readonly config: MonitorConfig }) {
  const next = useQuery(scheduleQuery(org, useSettled(config)));
  if (next.error !== null) {
    const { fields, detail } = problemOf(next.error);
    const said = Object.values(fields).flat().join(" ");
    return <p className={styles.problem}>{said === "" ? detail : said}</p>;
  }
  if (next.data === undefined) return null;
  return (
    <p className={styles.quiet} aria-live="polite">
      {say("nextRuns")}{" "}
      {next.data.next
        .slice(0, 3)
        .map((seconds) => formatDateTime(seconds * 1000))
        .join("; ")}
    </p>
  );
}
