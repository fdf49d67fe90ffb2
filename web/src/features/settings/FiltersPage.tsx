import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { changeFilter, filtersQuery } from "../../lib/api/projects.ts";
import type { InboundFilter } from "../../lib/api/types.ts";
import { type MessageKey, t } from "../../lib/i18n.ts";
import { remote } from "../../lib/remote.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { Checkbox } from "../../ui/Checkbox/Checkbox.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Page.module.css";
import { Page } from "./Page.tsx";
import { type ProjectPage, WithProject } from "./WithProject.tsx";

const NAMES: Readonly<Record<string, readonly [name: MessageKey, hint: MessageKey]>> = {
  "browser-extensions": ["filter.extensions", "filter.extensions.hint"],
  localhost: ["filter.localhost", "filter.localhost.hint"],
  "web-crawlers": ["filter.crawlers", "filter.crawlers.hint"],
  "filtered-transaction": ["filter.health", "filter.health.hint"],
  "legacy-browsers": ["filter.legacy", "filter.legacy.hint"],
  "react-hydration-errors": ["filter.hydration", "filter.hydration.hint"],
  "chunk-load-error": ["filter.chunks", "filter.chunks.hint"],
};

export function FiltersPage() {
  return (
    <WithProject>
      {(page) => (
        <Page title={t("tab.filters")} lead={t("filters.lead")}>
          <BuiltIn org={page.org} project={page.project.slug} />
          <Custom key={page.project.id} {...page} />
        </Page>
      )}
    </WithProject>
  );
}

function BuiltIn({ org, project }: { readonly org: string; readonly project: string }) {
  const filters = remote(useQuery(filtersQuery(org, project)));
  const action = useAction(filtersQuery(org, project).queryKey);
  const toggle = (filter: InboundFilter, on: boolean) =>
    void action.run(() => changeFilter(org, project, filter.id, on), t("saved"));
  return (
    <Card title={t("filters.builtIn")}>
      {filters.state === "loading" && <Skeleton lines={5} />}
      {filters.state === "failed" && <ProblemView problem={filters.problem} onRetry={filters.retry} />}
      {filters.state === "ready" && (
        <div className={styles.form}>
          {filters.value.map((filter) => {
            const [name, hint] = NAMES[filter.id] ?? [];
            const partly = Array.isArray(filter.active) && filter.active.length > 0;
            return (
              <Checkbox
                key={filter.id}
                label={name === undefined ? filter.id : t(name)}
                hint={hint === undefined ? undefined : t(hint)}
                checked={filter.active === true || partly}
                disabled={action.busy}
                onChange={(on) => toggle(filter, on)}
              />
            );
          })}
          <FormProblem problem={action.problem} />
        </div>
      )}
    </Card>
  );
}

const MESSAGES = "filters:error_messages";
const RELEASES = "filters:releases";
const ADDRESSES = "filters:blacklisted_ips";

function Custom({ project, action, save }: ProjectPage) {
  const [messages, setMessages] = useState(textOf(project.options[MESSAGES]));
  const [releases, setReleases] = useState(textOf(project.options[RELEASES]));
  const [addresses, setAddresses] = useState(textOf(project.options[ADDRESSES]));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save({ options: { [MESSAGES]: messages, [RELEASES]: releases, [ADDRESSES]: addresses } });
  };
  return (
    <Card title={t("filters.own")}>
      <form className={styles.form} onSubmit={submit}>
        <TextField
          label={t("filters.messages")}
          mono
          rows={4}
          value={messages}
          onChange={setMessages}
          hint={t("filters.messages.hint")}
        />
        <TextField
          label={t("filters.releases")}
          mono
          rows={3}
          value={releases}
          onChange={setReleases}
          hint={t("filters.releases.hint")}
        />
        <TextField
          label={t("filters.addresses")}
          mono
          rows={3}
          value={addresses}
          onChange={setAddresses}
          hint={t("filters.addresses.hint")}
        />
        <FormProblem problem={action.problem} />
        <div className={styles.buttons}>
          <Button type="submit" variant="primary" disabled={action.busy}>
            {t("save")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

/** An option that is edited as lines; the server keeps text or a list. */
function textOf(option: unknown): string {
  if (Array.isArray(option)) return option.map(String).join("\n");
  return typeof option === "string" ? option : "";
}
