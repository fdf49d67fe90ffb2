import { type FormEvent, useState } from "react";
import { useAction } from "../../lib/action.ts";
import { changeCodeMapping, codeMappingsQuery, createCodeMapping } from "../../lib/api/code.ts";
import type { CodeMapping, Repository } from "../../lib/api/release-types.ts";
import { useSession } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { FormProblem } from "../../ui/FormProblem/FormProblem.tsx";
import { MenuButton } from "../../ui/MenuButton/MenuButton.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import { folderOf } from "./code-mappings.ts";
import styles from "./Page.module.css";

interface Props {
  readonly org: string;
  readonly repositories: readonly Repository[];
  /** The one that is changed; a new one, if there is none. */
  readonly mapping?: CodeMapping;
  /** Where a new one comes from: a frame without a link. */
  readonly project?: string | undefined;
  readonly file?: string | undefined;
  readonly onDone?: () => void;
}

const MAIN = "main";

/** Which beginning of paths stands for which folder of which repository. */
export function CodeMappingForm({ org, repositories, mapping, project, file, onDone }: Props) {
  const { projects } = useSession(org);
  const action = useAction(codeMappingsQuery(org).queryKey, ["source-link", org]);
  const asked = projects.find(({ slug }) => slug === project) ?? projects[0];
  const [projectId, setProject] = useState(mapping?.projectId ?? asked?.id ?? "");
  const [repositoryId, setRepository] = useState(mapping?.repoId ?? repositories[0]?.id ?? "");
  const [stackRoot, setStackRoot] = useState(mapping?.stackRoot ?? folderOf(file ?? ""));
  const [sourceRoot, setSourceRoot] = useState(mapping?.sourceRoot ?? folderOf(file ?? ""));
  const [branch, setBranch] = useState(mapping?.defaultBranch ?? MAIN);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const change = { repositoryId, stackRoot, sourceRoot, defaultBranch: branch.trim() || MAIN };
    const done = await action.run(
      () =>
        mapping === undefined
          ? createCodeMapping(org, { projectId, ...change })
          : changeCodeMapping(org, mapping.id, change),
      t("saved"),
    );
    if (!done) return;
    if (mapping === undefined) {
      setStackRoot("");
      setSourceRoot("");
    }
    onDone?.();
  };
  const named = projects.find(({ id }) => id === projectId)?.slug ?? "";
  const inRepository = repositories.find(({ id }) => id === repositoryId)?.name ?? "";
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)}>
      <div className={styles.buttons}>
        {mapping === undefined && (
          <MenuButton
            label={t("project")}
            search={projects.length > 8 ? t("scope.project.find") : undefined}
            groups={[{ entries: projects.map(({ id, slug }) => ({ id, label: slug })) }]}
            selected={[projectId]}
            onSelect={([id]) => setProject(id ?? projectId)}
          >
            {t("mappings.project.is", { name: named })}
          </MenuButton>
        )}
        <MenuButton
          label={t("repository")}
          groups={[{ entries: repositories.map(({ id, name }) => ({ id, label: name })) }]}
          selected={[repositoryId]}
          onSelect={([id]) => setRepository(id ?? repositoryId)}
        >
          {t("mappings.repository.is", { name: inRepository })}
        </MenuButton>
      </div>
      <div className={styles.two}>
        <TextField
          label={t("mappings.stack")}
          mono
          placeholder="app/"
          autoComplete="off"
          value={stackRoot}
          onChange={setStackRoot}
          hint={t("mappings.stack.hint")}
        />
        <TextField
          label={t("mappings.source")}
          mono
          placeholder="src/app/"
          autoComplete="off"
          value={sourceRoot}
          onChange={setSourceRoot}
          hint={t("mappings.source.hint")}
        />
        <TextField
          label={t("mappings.branch")}
          mono
          required
          autoComplete="off"
          value={branch}
          onChange={setBranch}
          hint={t("mappings.branch.hint")}
        />
      </div>
      <FormProblem problem={action.problem} />
      <div className={styles.buttons}>
        <Button type="submit" variant="primary" disabled={action.busy || repositoryId === ""}>
          {t(mapping === undefined ? "mappings.add" : "save")}
        </Button>
        {onDone !== undefined && <Button onClick={onDone}>{t("cancel")}</Button>}
      </div>
    </form>
  );
}
