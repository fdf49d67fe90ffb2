import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import type { Quota } from "../../lib/api/types.ts";
import { type MessageKey, t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Page.module.css";
import { Page } from "./Page.tsx";
import { type ProjectPage, WithProject } from "./WithProject.tsx";

/** Kinds of data that can be limited, as the server names them. */
const CATEGORIES: readonly (readonly [category: string, name: MessageKey])[] = [
  ["error", "category.error"],
  ["attachment", "category.attachment"],
  ["transaction", "category.transaction"],
  ["span", "category.span"],
  ["log_item", "category.log_item"],
  ["session", "category.session"],
  ["replay", "category.replay"],
  ["profile", "category.profile"],
  ["monitor", "category.monitor"],
];

const HOUR_SECONDS = 3_600;
const RETENTION_DAYS_MAX = 3_650;

export function LimitsPage() {
  return <WithProject>{(page) => <LimitsForm key={page.project.id} {...page} />}</WithProject>;
}

function LimitsForm({ org, project, action, save }: ProjectPage) {
  const [days, setDays] = useState(String(project.retentionDays));
  const [quotas, setQuotas] = useState<Readonly<Record<string, string>>>(
    Object.fromEntries(
      project.quotas.filter(isOurs).map((quota) => [quota.categories[0], String(quota.limit)]),
    ),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const limits = Object.entries(quotas).flatMap(([category, text]): Quota[] => {
      const limit = numberOf(text);
      return limit === null ? [] : [{ categories: [category], window: HOUR_SECONDS, limit, reason: "" }];
    });
    save({
      retentionDays: numberOf(days) ?? project.retentionDays,
      // Quotas made elsewhere, over several categories or other windows, stay as they are.
      quotas: [...project.quotas.filter((quota) => !isOurs(quota)), ...limits],
    });
  };
  return (
    <Page title={t("tab.limits")} lead={t("limits.lead")}>
      <form className={styles.form} onSubmit={submit}>
        <Card title={t("retention")}>
          <TextField
            label={t("retention.days")}
            type="number"
            value={days}
            onChange={setDays}
            required
            hint={t("retention.hint", { count: RETENTION_DAYS_MAX })}
          />
        </Card>
        <Card title={t("quotas")}>
          <div className={styles.form}>
            <p className={styles.quiet}>
              {t("quotas.hint")}{" "}
              <Link to="/$org/settings/projects/$project/dropped" params={{ org, project: project.slug }}>
                {t("tab.dropped")}
              </Link>
            </p>
            <div className={styles.two}>
              {CATEGORIES.map(([category, name]) => (
                <TextField
                  key={category}
                  label={t(name)}
                  type="number"
                  placeholder={t("quotas.none")}
                  value={quotas[category] ?? ""}
                  onChange={(text) => setQuotas({ ...quotas, [category]: text })}
                />
              ))}
            </div>
          </div>
        </Card>
        <FormProblem problem={action.problem} />
        <div className={styles.buttons}>
          <Button type="submit" variant="primary" disabled={action.busy}>
            {t("save")}
          </Button>
        </div>
      </form>
    </Page>
  );
}

/** A quota as this page makes them: one category, by the hour. */
function isOurs(quota: Quota): boolean {
  return quota.categories.length === 1 && quota.window === HOUR_SECONDS;
}

/** A positive whole number, or `null`. */
function numberOf(text: string): number | null {
  const number = Math.round(Number(text));
  return text.trim() === "" || !Number.isFinite(number) || number <= 0 ? null : number;
}
