import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { type Matcher, writeMatcher } from "../../lib/alerts/matchers.ts";
import { say } from "../../lib/alerts/text.ts";
import { NIGHT, type WeekTime } from "../../lib/alerts/weekly.ts";
import type { MaintenanceWindow } from "../../lib/api/alert-types.ts";
import { createMaintenance, maintenanceQuery } from "../../lib/api/alerts.ts";
import { MINUTE_MS } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Dialog } from "../../ui/Dialog/Dialog.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import { SelectField } from "../../ui/SelectField/SelectField.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Alerts.module.css";
import { MatchedNow } from "./MatchedNow.tsx";
import { MatcherFields } from "./MatcherFields.tsx";
import { WeeklyFields } from "./WeeklyFields.tsx";

const OFTEN = ["once", "weekly", "crontab"] as const;

/** A time that is known beforehand, in which alerts say nothing: from now on once, every week, or by a crontab. */
export function MaintenanceDialog({ org, onClose }: { readonly org: string; readonly onClose: () => void }) {
  const action = useAction(maintenanceQuery(org).queryKey);
  const [name, setName] = useState("");
  const [matchers, setMatchers] = useState<readonly Matcher[]>([{ label: "service", sign: "=", value: "" }]);
  const [often, setOften] = useState<(typeof OFTEN)[number]>("weekly");
  const [weekly, setWeekly] = useState<readonly WeekTime[]>([NIGHT]);
  const [crontab, setCrontab] = useState("0 3 * * 0");
  const [zone, setZone] = useState(Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [minutes, setMinutes] = useState("60");
  const said = matchers.filter(({ label }) => label.trim() !== "");
  const window = (): MaintenanceWindow => {
    if (often === "weekly") return { weekly, zone };
    if (often === "crontab") return { crontab, zone, minutes: Number(minutes) };
    const now = Date.now();
    return {
      once: [new Date(now).toISOString(), new Date(now + Number(minutes) * MINUTE_MS).toISOString()],
    };
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const draft = { name, matchers: said.map(writeMatcher), window: window() };
    if (await action.run(() => createMaintenance(org, draft), t("saved"))) onClose();
  };
  const isOpenEver = often === "weekly" ? weekly.length > 0 : Number(minutes) > 0;
  const fields = action.problem?.fields ?? {};
  return (
    <Dialog wide title={say("maintenance.new")} onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <TextField
          label={t("name")}
          required
          value={name}
          onChange={setName}
          problem={fields.name?.join(" ")}
        />
        <MatcherFields matchers={matchers} onChange={setMatchers} problem={fields.matchers?.join(" ")} />
        <MatchedNow org={org} matchers={matchers} />
        <div>
          <Segmented
            label={say("maintenance.when")}
            options={OFTEN.map((value) => ({ value, label: say(`maintenance.${value}`) }))}
            value={often}
            onChange={setOften}
          />
        </div>
        {often === "weekly" && (
          <WeeklyFields
            label={say("maintenance.times")}
            times={weekly}
            initial={NIGHT}
            onChange={setWeekly}
            problem={fields.window?.join(" ")}
          />
        )}
        <div className={styles.two}>
          {often === "crontab" && (
            <TextField
              mono
              label={say("maintenance.begins")}
              value={crontab}
              onChange={setCrontab}
              problem={fields.window?.join(" ")}
            />
          )}
          {often !== "once" && (
            <SelectField
              label={say("zone")}
              value={zone}
              options={["UTC", ...Intl.supportedValuesOf("timeZone")].map((value) => ({
                value,
                label: value,
              }))}
              onChange={setZone}
            />
          )}
          {often !== "weekly" && (
            <TextField
              type="number"
              label={say("maintenance.minutes")}
              value={minutes}
              onChange={setMinutes}
              problem={often === "once" ? fields.window?.join(" ") : undefined}
            />
          )}
        </div>
        <FormProblem problem={action.problem} />
        <div className={styles.buttons}>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            disabled={action.busy || name.trim() === "" || said.length === 0 || !isOpenEver}
          >
            {t("save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
