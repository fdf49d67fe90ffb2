import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import type { UptimeDraft } from "../../lib/api/monitor-types.ts";
import { uptimeKey } from "../../lib/api/monitors.ts";
import { headersOf, INTERVALS, METHODS } from "../../lib/crons/uptime-draft.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { OwnerField } from "../../ui/OwnerField/OwnerField.tsx";
import { SelectField } from "../../ui/SelectField/SelectField.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Crons.module.css";
import { say } from "./text.ts";

interface Props {
  readonly org: string;
  readonly initial: UptimeDraft;
  readonly submit: string;
  readonly save: (draft: UptimeDraft) => Promise<void>;
}

/** Which address, how often, and what a good answer is. */
export function UptimeForm({ org, initial, submit, save }: Props) {
  const action = useAction(uptimeKey(org));
  const [draft, setDraft] = useState(initial);
  const [headers, setHeaders] = useState("");
  const change = (part: Partial<UptimeDraft>) => setDraft((known) => ({ ...known, ...part }));
  const problems = action.problem?.fields ?? {};
  const send = async (event: FormEvent) => {
    event.preventDefault();
    const asked = headers.trim() === "" ? draft : { ...draft, headers: headersOf(headers) };
    await action.run(() => save(asked), t("saved"));
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
        <OwnerField
          org={org}
          value={draft.owner}
          onChange={(owner) => change({ owner })}
          problem={problems.owner?.join(" ")}
        />
      </div>
      <div className={styles.two}>
        <SelectField
          label={say("uptime.kind")}
          value={draft.kind}
          options={(["http", "tcp"] as const).map((value) => ({ value, label: say(`kind.${value}`) }))}
          onChange={(value) => change({ kind: value === "tcp" ? "tcp" : "http" })}
        />
        <TextField
          mono
          required
          label={say("uptime.url")}
          placeholder={draft.kind === "tcp" ? "tcp://db.example.com:5432" : "https://example.com/health"}
          value={draft.url}
          onChange={(url) => change({ url })}
          problem={problems.url?.join(" ")}
        />
        <SelectField
          label={say("column.interval")}
          value={String(draft.intervalSeconds)}
          options={INTERVALS.map((value) => ({ value, label: say("seconds", { count: Number(value) }) }))}
          onChange={(value) => change({ intervalSeconds: Number(value) })}
          problem={problems.intervalSeconds?.join(" ")}
        />
      </div>
      {draft.kind === "http" && (
        <>
          <Expectations draft={draft} change={change} problems={problems} />
          <TextField
            mono
            rows={2}
            label={say("uptime.headers")}
            placeholder="Authorization: Bearer …"
            value={headers}
            onChange={setHeaders}
            hint={say("uptime.headers.hint")}
            problem={problems.headers?.join(" ")}
          />
        </>
      )}
      <Limits draft={draft} change={change} problems={problems} />
      <FormProblem problem={action.problem} />
      <div className={styles.buttons}>
        <Button
          type="submit"
          variant="primary"
          disabled={action.busy || draft.name.trim() === "" || draft.url.trim() === ""}
        >
          {submit}
        </Button>
      </div>
    </form>
  );
}

interface PartProps {
  readonly draft: UptimeDraft;
  readonly change: (part: Partial<UptimeDraft>) => void;
  readonly problems: Readonly<Record<string, readonly string[]>>;
}

function Expectations({ draft, change, problems }: PartProps) {
  return (
    <div className={styles.two}>
      <SelectField
        label={say("uptime.method")}
        value={draft.method}
        options={METHODS.map((value) => ({ value, label: value }))}
        onChange={(method) => change({ method })}
        problem={problems.method?.join(" ")}
      />
      <TextField
        label={say("uptime.expectedStatus")}
        placeholder="200-299, 304"
        value={draft.expectedStatus}
        onChange={(expectedStatus) => change({ expectedStatus })}
        problem={problems.expectedStatus?.join(" ")}
      />
      <TextField
        label={say("uptime.expectedBody")}
        value={draft.expectedBody}
        onChange={(expectedBody) => change({ expectedBody })}
        problem={problems.expectedBody?.join(" ")}
        hint={say("uptime.expectedBody.hint")}
      />
      <SelectField
        label={say("uptime.redirects")}
        value={draft.redirects}
        options={(["follow", "refuse"] as const).map((value) => ({
          value,
          label: say(`redirects.${value}`),
        }))}
        onChange={(value) => change({ redirects: value === "refuse" ? "refuse" : "follow" })}
      />
    </div>
  );
}

const NUMBERS = ["timeoutMs", "latencyMaxMs", "certificateDaysMin"] as const;
const THRESHOLDS = ["downtimeThreshold", "recoveryThreshold"] as const;

function Limits({ draft, change, problems }: PartProps) {
  return (
    <div className={styles.two}>
      {[...NUMBERS, ...THRESHOLDS].map((field) => (
        <TextField
          key={field}
          type="number"
          label={say(`uptime.${field}`)}
          value={draft[field] === null ? "" : String(draft[field])}
          onChange={(text) => {
            const isOptional = field === "latencyMaxMs" || field === "certificateDaysMin";
            change({ [field]: text === "" && isOptional ? null : Math.round(Number(text)) });
          }}
          problem={problems[field]?.join(" ")}
        />
      ))}
    </div>
  );
}
