import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { createKey, keysQuery } from "../../lib/api/projects.ts";
import { t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import { KeyCard } from "./KeyCard.tsx";
import styles from "./Page.module.css";
import { Page } from "./Page.tsx";

const route = getRouteApi("/$org/settings/projects/$project");

export function KeysPage() {
  const { org, project } = route.useParams();
  const keys = remote(useQuery(keysQuery(org, project)));
  const action = useAction(keysQuery(org, project).queryKey);
  const [name, setName] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await action.run(() => createKey(org, project, name), t("keys.created"))) setName("");
  };
  return (
    <Page title={t("tab.keys")} lead={t("keys.lead")}>
      {keys.state === "loading" && <Skeleton lines={6} />}
      {keys.state === "failed" && <ProblemView problem={keys.problem} onRetry={keys.retry} />}
      {keys.state === "ready" &&
        keys.value.map((key) => <KeyCard key={key.id} org={org} project={project} of={key} />)}
      <Card title={t("keys.new")}>
        <form className={styles.form} onSubmit={(event) => void submit(event)}>
          <div className={styles.row}>
            <TextField label={t("name")} required value={name} onChange={setName} />
            <Button type="submit" disabled={action.busy || name === ""}>
              <Plus size={14} />
              {t("create")}
            </Button>
          </div>
          <FormProblem problem={action.problem} />
        </form>
      </Card>
    </Page>
  );
}
