import { type FormEvent, useState } from "react";
import { linesOf } from "../../lib/action.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { Checkbox } from "../../ui/Checkbox/Checkbox.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Page.module.css";
import { Page } from "./Page.tsx";
import { type ProjectPage, WithProject } from "./WithProject.tsx";

export function PrivacyPage() {
  return <WithProject>{(page) => <PrivacyForm key={page.project.id} {...page} />}</WithProject>;
}

function PrivacyForm({ project, action, save }: ProjectPage) {
  const [scrubs, setScrubs] = useState(project.dataScrubber);
  const [defaults, setDefaults] = useState(project.dataScrubberDefaults);
  const [emails, setEmails] = useState(project.scrubEmails ?? false);
  const [addresses, setAddresses] = useState(project.scrubIPAddresses);
  const [sensitive, setSensitive] = useState(project.sensitiveFields.join("\n"));
  const [safe, setSafe] = useState(project.safeFields.join("\n"));
  const [rules, setRules] = useState(project.relayPiiConfig ?? "");
  const isJson = rules.trim() === "" || isObjectText(rules);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isJson) return;
    save({
      dataScrubber: scrubs,
      dataScrubberDefaults: defaults,
      scrubEmails: emails,
      scrubIPAddresses: addresses,
      sensitiveFields: linesOf(sensitive),
      safeFields: linesOf(safe),
      relayPiiConfig: rules.trim() === "" ? null : rules,
    });
  };
  return (
    <Page title={t("tab.privacy")} lead={t("privacy.lead")}>
      <Card title={t("privacy.rules")}>
        <form className={styles.form} onSubmit={submit}>
          <Checkbox
            label={t("privacy.scrub")}
            hint={t("privacy.scrub.hint")}
            checked={scrubs}
            onChange={setScrubs}
          />
          <Checkbox
            label={t("privacy.defaults")}
            hint={t("privacy.defaults.hint")}
            checked={defaults}
            onChange={setDefaults}
            disabled={!scrubs}
          />
          <Checkbox
            label={t("privacy.emails")}
            hint={t("privacy.emails.hint")}
            checked={emails}
            onChange={setEmails}
            disabled={!scrubs}
          />
          <Checkbox
            label={t("privacy.addresses")}
            hint={t("privacy.addresses.hint")}
            checked={addresses}
            onChange={setAddresses}
          />
          <div className={styles.two}>
            <TextField
              label={t("privacy.sensitive")}
              mono
              rows={4}
              value={sensitive}
              onChange={setSensitive}
              hint={t("privacy.sensitive.hint")}
            />
            <TextField
              label={t("privacy.safe")}
              mono
              rows={4}
              value={safe}
              onChange={setSafe}
              hint={t("privacy.safe.hint")}
            />
          </div>
          <TextField
            label={t("privacy.advanced")}
            mono
            rows={8}
            value={rules}
            onChange={setRules}
            hint={t("privacy.advanced.hint")}
            problem={isJson ? undefined : t("privacy.advanced.invalid")}
          />
          <FormProblem problem={action.problem} />
          <div className={styles.buttons}>
            <Button type="submit" variant="primary" disabled={action.busy || !isJson}>
              {t("save")}
            </Button>
          </div>
        </form>
      </Card>
    </Page>
  );
}

function isObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
