import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { FolderGit2, Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { createRepository, mayChangeCode, repositoriesQuery } from "../../lib/api/code.ts";
import { useSession } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { MenuButton } from "../../ui/MenuButton/MenuButton.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Page.module.css";
import { Page } from "./Page.tsx";
import { RepositoryCard } from "./RepositoryCard.tsx";

const route = getRouteApi("/$org");

/** Where code lies: what commits, links to lines, and webhooks are about. */
export function RepositoriesPage() {
  const { org } = route.useParams();
  const canChange = mayChangeCode(useSession(org));
  const repositories = remote(useQuery(repositoriesQuery(org)), (list) => list.length === 0);
  return (
    <Page title={t("settings.repositories")} lead={t("repositories.lead")}>
      {repositories.state === "loading" && <Skeleton lines={6} />}
      {repositories.state === "failed" && (
        <ProblemView problem={repositories.problem} onRetry={repositories.retry} />
      )}
      {repositories.state === "empty" && (
        <Card title={t("settings.repositories")}>
          <Empty
            icon={<FolderGit2 size={26} strokeWidth={1.6} />}
            title={t("repositories.none")}
            text={t("repositories.none.text")}
          />
        </Card>
      )}
      {repositories.state === "ready" &&
        repositories.value.map((repository) => (
          <RepositoryCard key={repository.id} org={org} of={repository} canChange={canChange} />
        ))}
      {canChange && <NewRepository org={org} />}
    </Page>
  );
}

const BY_ADDRESS = "";
const PROVIDERS = [BY_ADDRESS, "github", "gitlab", "gitea"] as const;
type Provider = (typeof PROVIDERS)[number];

function providerName(provider: Provider): string {
  if (provider === "github") return "GitHub";
  if (provider === "gitlab") return "GitLab";
  return provider === "gitea" ? "Gitea" : t("repositories.byAddress");
}

function NewRepository({ org }: { readonly org: string }) {
  const action = useAction(repositoriesQuery(org).queryKey);
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const [provider, setProvider] = useState<Provider>(BY_ADDRESS);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const done = await action.run(
      () => createRepository(org, { name: name.trim(), url: url.trim(), provider }),
      t("repositories.added", { name }),
    );
    if (!done) return;
    setName("");
    setUrl("");
  };
  return (
    <Card title={t("repositories.new")}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <div className={styles.two}>
          <TextField
            label={t("name")}
            required
            placeholder="acme/casino"
            autoComplete="off"
            value={name}
            onChange={setName}
            hint={t("repositories.name.hint")}
          />
          <TextField
            label={t("repositories.url")}
            placeholder="https://gitlab.example.com/acme/casino"
            autoComplete="off"
            value={url}
            onChange={setUrl}
            hint={t("repositories.url.hint")}
          />
        </div>
        <div className={styles.buttons}>
          <MenuButton
            label={t("repositories.provider")}
            groups={[{ entries: PROVIDERS.map((id) => ({ id: `=${id}`, label: providerName(id) })) }]}
            selected={[`=${provider}`]}
            onSelect={([id]) => setProvider(PROVIDERS.find((one) => `=${one}` === id) ?? BY_ADDRESS)}
          >
            {t("repositories.provider.is", { name: providerName(provider) })}
          </MenuButton>
          <Button type="submit" variant="primary" disabled={action.busy || name.trim() === ""}>
            <Plus size={14} />
            {t("repositories.add")}
          </Button>
        </div>
        <FormProblem problem={action.problem} />
      </form>
    </Card>
  );
}
