import { type FormEvent, useState } from "react";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { CodeBlock } from "../../ui/CodeBlock/CodeBlock.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Page.module.css";
import { Page } from "./Page.tsx";
import { type ProjectPage, WithProject } from "./WithProject.tsx";

const FINGERPRINT_EXAMPLE = `# one issue for each database, whatever the query
error.type:DatabaseUnavailable -> db-down, {{ tags.database }}
# all timeouts of one provider
error.value:"callback from * exceeded*" -> provider-timeout`;

const STACK_EXAMPLE = `# frames of a vendored library are not ours
stack.module:vendor.* -app
# everything below the middleware does not matter for grouping
stack.function:run_middleware ^-group`;

export function GroupingPage() {
  return <WithProject>{(page) => <GroupingForm key={page.project.id} {...page} />}</WithProject>;
}

function GroupingForm({ project, action, save }: ProjectPage) {
  const [fingerprints, setFingerprints] = useState(project.fingerprintingRules);
  const [enhancements, setEnhancements] = useState(project.groupingEnhancements);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save({ fingerprintingRules: fingerprints, groupingEnhancements: enhancements });
  };
  return (
    <Page title={t("tab.grouping")} lead={t("grouping.lead")}>
      <form className={styles.form} onSubmit={submit}>
        <Card title={t("grouping.fingerprints")}>
          <div className={styles.form}>
            <TextField
              label={t("grouping.rules")}
              mono
              rows={8}
              value={fingerprints}
              onChange={setFingerprints}
              hint={t("grouping.rules.hint")}
            />
            <CodeBlock code={FINGERPRINT_EXAMPLE} language="" label={t("copy")} />
          </div>
        </Card>
        <Card title={t("grouping.stack")}>
          <div className={styles.form}>
            <TextField
              label={t("grouping.rules")}
              mono
              rows={8}
              value={enhancements}
              onChange={setEnhancements}
              hint={t("grouping.rules.hint")}
            />
            <CodeBlock code={STACK_EXAMPLE} language="" label={t("copy")} />
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
