import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { sourceLinkQuery } from "../../lib/api/code.ts";
import type { SourceLink } from "../../lib/api/release-types.ts";
import { useSession } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { webLink } from "../../lib/releases.ts";
import { remote } from "../../lib/remote.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { MenuButton } from "../../ui/MenuButton/MenuButton.tsx";
import { explain } from "../../ui/ProblemView/ProblemView.tsx";
import { TextField } from "../../ui/TextField/TextField.tsx";
import styles from "./Page.module.css";

interface Props {
  readonly org: string;
  readonly project?: string | undefined;
  readonly file?: string | undefined;
}

/** Where a path of a stack trace leads with the mappings as they are. */
export function CodeMappingTest({ org, project, file }: Props) {
  const { projects } = useSession(org);
  const [slug, setSlug] = useState(project ?? projects[0]?.slug ?? "");
  const [path, setPath] = useState(file ?? "");
  const [asked, setAsked] = useState<{ readonly slug: string; readonly path: string } | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (path.trim() !== "" && slug !== "") setAsked({ slug, path: path.trim() });
  };
  return (
    <Card title={t("mappings.test")}>
      <form className={styles.form} onSubmit={submit}>
        <div className={styles.row}>
          <TextField
            label={t("mappings.test.path")}
            mono
            placeholder="app/bets.py"
            autoComplete="off"
            value={path}
            onChange={setPath}
          />
          <MenuButton
            label={t("project")}
            groups={[{ entries: projects.map((one) => ({ id: one.slug, label: one.slug })) }]}
            selected={[slug]}
            onSelect={([chosen]) => setSlug(chosen ?? slug)}
          >
            {slug}
          </MenuButton>
          <Button type="submit" disabled={path.trim() === ""}>
            {t("mappings.test.run")}
          </Button>
        </div>
        <div aria-live="polite">
          {asked !== null && <Answer org={org} project={asked.slug} file={asked.path} />}
        </div>
      </form>
    </Card>
  );
}

interface AnswerProps {
  readonly org: string;
  readonly project: string;
  readonly file: string;
}

function Answer({ org, project, file }: AnswerProps) {
  const link = remote(useQuery(sourceLinkQuery(org, project, { file })));
  if (link.state === "loading") return null;
  if (link.state === "failed") return <p role="alert">{explain(link.problem)}</p>;
  return <Where link={link.value} />;
}

function Where({ link }: { readonly link: SourceLink }) {
  const url = webLink(link.sourceUrl);
  if (url !== null) {
    return (
      <p>
        {t("mappings.test.leads", {
          path: link.config?.sourcePath ?? "",
          repository: link.config?.repoName ?? "",
        })}{" "}
        <a href={url} target="_blank" rel="noreferrer">
          {url}
        </a>
      </p>
    );
  }
  switch (link.error) {
    case "no_code_mappings":
      return <p>{t("source.noMapping")}</p>;
    case "repository_without_url":
      return <p>{t("source.noUrl", { repository: link.config?.repoName ?? "" })}</p>;
    default:
      return <p>{t("source.mismatch")}</p>;
  }
}
