import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { say } from "../../lib/alerts/text.ts";
import type { Rotation } from "../../lib/api/alert-types.ts";
import { overrideRotation, rotationsQuery } from "../../lib/api/alerts.ts";
import { membersQuery } from "../../lib/api/issues.ts";
import { HOUR_MS } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Dialog } from "../../ui/Dialog/Dialog.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { SelectField } from "../../ui/SelectField/SelectField.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Alerts.module.css";

const HOURS = "12";

interface Props {
  readonly org: string;
  readonly rotation: Rotation;
  readonly onClose: () => void;
}

/** Somebody stands in, from now on and for some hours. */
export function OverrideDialog({ org, rotation, onClose }: Props) {
  const action = useAction(rotationsQuery(org).queryKey);
  const { data: members = [] } = useQuery(membersQuery(org));
  const [person, setPerson] = useState("");
  const [hours, setHours] = useState(HOURS);
  const people = members.flatMap(({ user, name, email }) =>
    user === null ? [] : [{ value: String(user.id), label: name === "" ? email : name }],
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const now = Date.now();
    const override = {
      person,
      from: new Date(now).toISOString(),
      until: new Date(now + Number(hours) * HOUR_MS).toISOString(),
    };
    if (await action.run(() => overrideRotation(org, rotation.id, override), t("saved"))) onClose();
  };
  return (
    <Dialog title={say("override.new")} onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <SelectField
          label={say("part.person")}
          value={person}
          options={[{ value: "", label: say("override.choose") }, ...people]}
          onChange={setPerson}
          problem={action.problem?.fields.person?.join(" ")}
        />
        <TextField
          type="number"
          label={say("override.hours")}
          value={hours}
          onChange={setHours}
          problem={action.problem?.fields.until?.join(" ")}
        />
        <FormProblem problem={action.problem} />
        <div className={styles.buttons}>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            disabled={action.busy || person === "" || !(Number(hours) > 0)}
          >
            {t("save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
