import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { linesOf } from "../../lib/action.ts";
import { deleteProject } from "../../lib/api/projects.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog/ConfirmDialog.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Page.module.css";
import { Page } from "./Page.tsx";
import { type ProjectPage, WithProject } from "./WithProject.tsx";

const DAY_HOURS = 24;

export function GeneralPage() {
  return <WithProject>{(page) => <GeneralForm key={page.project.id} {...page} />}</WithProject>;
}

function GeneralForm({ org, project, action, save }: ProjectPage) {
  const navigate = useNavigate();
  const [name, setName] = useState(project.name);
  const [platform, setPlatform] = useState(project.platform ?? "");
  const [domains, setDomains] = useState(project.allowedDomains.join("\n"));
  const [days, setDays] = useState(String(Math.round(project.resolveAge / DAY_HOURS)));
  const [asking, setAsking] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save({
      name,
      platform: platform === "" ? null : platform,
      allowedDomains: linesOf(domains),
      resolveAge: Math.max(0, Math.round(Number(days))) * DAY_HOURS,
    });
  };
  const remove = async () => {
    const done = await action.run(
      () => deleteProject(org, project.slug),
      t("project.deleted", { name: project.name }),
    );
    if (done) await navigate({ to: "/$org/settings/projects", params: { org } });
  };
  return (
    <Page title={t("tab.general")}>
      <Card title={project.slug}>
        <form className={styles.form} onSubmit={submit}>
          <div className={styles.two}>
            <TextField label={t("project.name")} required value={name} onChange={setName} />
            <TextField
              label={t("platform")}
              value={platform}
              onChange={setPlatform}
              hint={t("platform.hint")}
            />
          </div>
          <TextField
            label={t("project.domains")}
            mono
            rows={3}
            value={domains}
            onChange={setDomains}
            hint={t("project.domains.hint")}
          />
          <TextField
            label={t("project.resolve")}
            type="number"
            value={days}
            onChange={setDays}
            hint={t("project.resolve.hint")}
          />
          <FormProblem problem={action.problem} />
          <div className={styles.buttons}>
            <Button type="submit" variant="primary" disabled={action.busy}>
              {t("save")}
            </Button>
          </div>
        </form>
      </Card>
      <Card title={t("danger")}>
        <div className={styles.row}>
          <span>{t("project.delete.text")}</span>
          <Button variant="danger" onClick={() => setAsking(true)}>
            {t("project.delete")}
          </Button>
        </div>
      </Card>
      {asking && (
        <ConfirmDialog
          title={t("project.delete")}
          text={t("project.delete.text")}
          action={t("project.delete")}
          typed={project.slug}
          onConfirm={() => void remove()}
          onClose={() => setAsking(false)}
        />
      )}
    </Page>
  );
}
