import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { channelDraft, fieldName, kindName, missingFields, valuesOf } from "../../lib/alerts/channels.ts";
import { say } from "../../lib/alerts/text.ts";
import type { Channel, ChannelKind } from "../../lib/api/alert-types.ts";
import { channelsQuery, saveChannel } from "../../lib/api/alerts.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Checkbox } from "../../ui/Checkbox/Checkbox.tsx";
import { Dialog } from "../../ui/Dialog/Dialog.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Page.module.css";

interface Props {
  readonly org: string;
  readonly kind: ChannelKind;
  /** The channel that is changed; a new one is made without. */
  readonly channel: Channel | null;
  readonly onClose: () => void;
}

/** A channel with the fields that its kind has. Secrets are written, never read. */
export function ChannelDialog({ org, kind, channel, onClose }: Props) {
  const action = useAction(channelsQuery(org).queryKey);
  const [name, setName] = useState(channel?.name ?? "");
  const [values, setValues] = useState(() => valuesOf(channel));
  const [removed, setRemoved] = useState<readonly string[]>([]);
  const known = (channel?.secrets ?? []).filter((secret) => !removed.includes(secret));
  const missing = missingFields(kind, values, known);
  const problems = action.problem?.fields ?? {};
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const draft = channelDraft(kind, name, values, removed);
    if (await action.run(() => saveChannel(org, draft, channel?.id ?? null), t("saved"))) onClose();
  };
  return (
    <Dialog wide title={channel === null ? kindName(kind.kind) : channel.name} onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => void submit(event)} autoComplete="off">
        <TextField
          label={t("name")}
          required
          value={name}
          onChange={setName}
          hint={say("channel.name.hint")}
          problem={problems.name?.join(" ")}
        />
        {kind.fields.map((field) => {
          const isSet = field.secret && known.includes(field.name);
          return (
            <div key={field.name} className={styles.form}>
              <TextField
                label={fieldName(field.name)}
                type={field.secret ? "password" : "text"}
                autoComplete={field.secret ? "new-password" : "off"}
                required={field.required && !isSet}
                placeholder={isSet ? say("channel.secret.kept") : undefined}
                value={values[field.name] ?? ""}
                onChange={(value) => setValues((before) => ({ ...before, [field.name]: value }))}
                hint={field.about}
                problem={problems[field.name]?.join(" ")}
              />
              {field.secret && !field.required && channel?.secrets.includes(field.name) === true && (
                <Checkbox
                  label={say("channel.secret.remove")}
                  checked={removed.includes(field.name)}
                  onChange={(on) =>
                    setRemoved((before) =>
                      on ? [...before, field.name] : before.filter((one) => one !== field.name),
                    )
                  }
                />
              )}
            </div>
          );
        })}
        <FormProblem problem={action.problem} />
        <div className={styles.buttons}>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            disabled={action.busy || name.trim() === "" || missing.length > 0}
          >
            {t("save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
