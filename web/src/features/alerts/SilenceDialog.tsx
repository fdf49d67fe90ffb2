import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { matchersOf, writeMatcher } from "../../lib/alerts/matchers.ts";
import { say } from "../../lib/alerts/text.ts";
import { alertKeys, createSilence } from "../../lib/api/alerts.ts";
import { MINUTE_MS } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Dialog } from "../../ui/Dialog/Dialog.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { SelectField } from "../../ui/SelectField/SelectField.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Alerts.module.css";
import { MatchedNow } from "./MatchedNow.tsx";
import { MatcherFields } from "./MatcherFields.tsx";

const DURATIONS = ["30", "60", "240", "1440", "10080"] as const;

interface Props {
  readonly org: string;
  /** Of the alert it began with; empty for a silence made from nothing. */
  readonly labels: Readonly<Record<string, string>>;
  readonly onClose: () => void;
}

/** Keeps alerts quiet for a while, and shows beforehand which ones. */
export function SilenceDialog({ org, labels, onClose }: Props) {
  const action = useAction(alertKeys.silences(org), alertKeys.alerts(org));
  const [matchers, setMatchers] = useState(() => {
    const found = matchersOf(labels);
    return found.length === 0 ? [{ label: "service", sign: "=" as const, value: "" }] : found;
  });
  const [minutes, setMinutes] = useState<string>("60");
  const [comment, setComment] = useState("");
  const said = matchers.filter(({ label }) => label.trim() !== "");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const now = Date.now();
    const silence = {
      matchers: said.map(writeMatcher),
      startsAt: new Date(now).toISOString(),
      endsAt: new Date(now + Number(minutes) * MINUTE_MS).toISOString(),
      comment,
    };
    if (await action.run(() => createSilence(org, silence), say("silence.made"))) onClose();
  };
  const fields = action.problem?.fields ?? {};
  return (
    <Dialog wide title={say("silence.new")} onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <MatcherFields matchers={matchers} onChange={setMatchers} problem={fields.matchers?.join(" ")} />
        <MatchedNow org={org} matchers={matchers} />
        <div className={styles.two}>
          <SelectField
            label={say("silence.for")}
            value={minutes}
            options={DURATIONS.map((value) => ({ value, label: say(`duration.${value}`) }))}
            onChange={setMinutes}
            problem={fields.endsAt?.join(" ")}
          />
          <TextField
            label={say("silence.comment")}
            value={comment}
            onChange={setComment}
            problem={fields.comment?.join(" ")}
            hint={say("silence.comment.hint")}
          />
        </div>
        <FormProblem problem={action.problem} />
        <div className={styles.buttons}>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" variant="primary" disabled={action.busy || said.length === 0}>
            {say("silence")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
