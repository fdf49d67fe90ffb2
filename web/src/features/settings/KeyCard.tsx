import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { changeKey, deleteKey, keysQuery } from "../../lib/api/projects.ts";
import type { ProjectKey } from "../../lib/api/types.ts";
import { formatDate } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog/ConfirmDialog.tsx";
import { CopyField } from "../../ui/CopyField/CopyField.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import styles from "./KeysPage.module.css";

interface Props {
  readonly org: string;
  readonly project: string;
  readonly of: ProjectKey;
}

const MINUTE_SECONDS = 60;

/** A client key: where to send to, and how much it may. */
export function KeyCard({ org, project, of: key }: Props) {
  const action = useAction(keysQuery(org, project).queryKey);
  const [asking, setAsking] = useState(false);
  const toggle = () =>
    void action.run(
      () => changeKey(org, project, key.id, { isActive: !key.isActive }),
      t(key.isActive ? "keys.disabled" : "keys.enabled"),
    );
  return (
    <Card
      title={key.name}
      actions={
        <>
          <Chip tone={key.isActive ? "ok" : "plain"}>{t(key.isActive ? "active" : "inactive")}</Chip>
          <Button size="small" disabled={action.busy} onClick={toggle}>
            {t(key.isActive ? "disable" : "enable")}
          </Button>
          <Button size="small" disabled={action.busy} onClick={() => setAsking(true)}>
            {t("delete")}
          </Button>
        </>
      }
    >
      <div className={styles.key}>
        <CopyField value={key.dsn.public} label={t("dsn")} />
        <RateLimit org={org} project={project} of={key} />
        <div className={styles.facts}>
          <span>{t("created", { date: formatDate(key.dateCreated) })}</span>
          {typeof key.lastUsed === "string" && (
            <span>
              {t("lastUsed")} <RelativeTime time={key.lastUsed} sentence />
            </span>
          )}
        </div>
        <FormProblem problem={action.problem} />
      </div>
      {asking && (
        <ConfirmDialog
          title={t("keys.delete.title", { name: key.name })}
          text={t("keys.delete.text")}
          action={t("delete")}
          typed={key.name}
          onConfirm={() => void action.run(() => deleteKey(org, project, key.id), t("keys.deleted"))}
          onClose={() => setAsking(false)}
        />
      )}
    </Card>
  );
}

function RateLimit({ org, project, of: key }: Props) {
  const action = useAction(keysQuery(org, project).queryKey);
  const limit = key.rateLimit;
  const [count, setCount] = useState(limit === null ? "" : String(limit.count));
  const [minutes, setMinutes] = useState(String((limit?.window ?? MINUTE_SECONDS) / MINUTE_SECONDS));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const events = Math.round(Number(count));
    const window = Math.max(1, Math.round(Number(minutes))) * MINUTE_SECONDS;
    const rateLimit = events > 0 ? { count: events, window } : null;
    void action.run(() => changeKey(org, project, key.id, { rateLimit }), t("saved"));
  };
  return (
    <form className={styles.limit} onSubmit={submit}>
      <span>{t("keys.limit.at")}</span>
      <input
        inputMode="numeric"
        aria-label={t("keys.limit.count")}
        placeholder={t("keys.limit.none")}
        value={count}
        onChange={(event) => setCount(event.target.value)}
      />
      <span>{t("keys.limit.in")}</span>
      <input
        inputMode="numeric"
        aria-label={t("keys.limit.minutes")}
        value={minutes}
        onChange={(event) => setMinutes(event.target.value)}
      />
      <span>{t("minutes")}</span>
      <Button type="submit" size="small" disabled={action.busy}>
        {t("save")}
      </Button>
      <FormProblem problem={action.problem} />
    </form>
  );
}
