import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { createProject } from "../../lib/api/projects.ts";
import { bootstrapQuery } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import { GUIDES } from "./guides.ts";
import styles from "./NewProjectPage.module.css";

const route = getRouteApi("/$org");

/** A name and a platform are enough; the next page is the guide. */
export function NewProjectPage() {
  const { org } = route.useParams();
  const navigate = useNavigate();
  const action = useAction(bootstrapQuery.queryKey);
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState(GUIDES[0]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    let slug = "";
    const done = await action.run(async () => {
      slug = (await createProject(org, name, chosen?.platform ?? null)).slug;
    });
    if (!done) return;
    await navigate({
      to: "/$org/settings/projects/$project/setup",
      params: { org, project: slug },
      search: { platform: chosen?.id },
    });
  };
  return (
    <div className={styles.page}>
      <h2>{t("projects.new")}</h2>
      <Card title={t("projects.what")}>
        <form className={styles.form} onSubmit={(event) => void submit(event)}>
          <fieldset className={styles.grid}>
            <legend>{t("platform")}</legend>
            {GUIDES.map((guide) => (
              <label key={guide.id} className={styles.choice}>
                <input
                  type="radio"
                  name="platform"
                  checked={guide === chosen}
                  onChange={() => setChosen(guide)}
                />
                {guide.name}
              </label>
            ))}
          </fieldset>
          <TextField
            label={t("project.name")}
            required
            value={name}
            onChange={setName}
            hint={t("project.name.hint")}
          />
          <FormProblem problem={action.problem} />
          <Button
            type="submit"
            variant="primary"
            className={styles.submit}
            disabled={action.busy || name === ""}
          >
            {t("projects.create")}
          </Button>
        </form>
      </Card>
    </div>
  );
}
