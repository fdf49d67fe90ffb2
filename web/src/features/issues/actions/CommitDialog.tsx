import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { repositoriesQuery, repositoryCommitsQuery } from "../../../lib/api/code.ts";
import type { Commit } from "../../../lib/api/release-types.ts";
import { t } from "../../../lib/i18n.ts";
import { authorName, shortHash, subjectOf } from "../../../lib/releases.ts";
import { remote } from "../../../lib/remote.ts";
import { Button } from "../../../ui/Button/Button.tsx";
import { Dialog } from "../../../ui/Dialog/Dialog.tsx";
import { ProblemView } from "../../../ui/ProblemView/ProblemView.tsx";
import { RelativeTime } from "../../../ui/RelativeTime/RelativeTime.tsx";
import { Skeleton } from "../../../ui/Skeleton/Skeleton.tsx";
import { TextField } from "../../../ui/TextField/TextField.tsx";
import styles from "./CommitDialog.module.css";

interface Props {
  readonly org: string;
  readonly onChoose: (repository: string, commit: string) => void;
  readonly onClose: () => void;
}

const LISTED_MAX = 8;

/** In which commit an issue was put right: one of the newest, or any by its hash. */
export function CommitDialog({ org, onChoose, onClose }: Props) {
  const repositories = remote(useQuery(repositoriesQuery(org)), (list) => list.length === 0);
  return (
    <Dialog title={t("resolve.commit.title")} onClose={onClose}>
      {repositories.state === "loading" && <Skeleton lines={4} />}
      {repositories.state === "failed" && (
        <ProblemView problem={repositories.problem} onRetry={repositories.retry} />
      )}
      {repositories.state === "empty" && (
        <p>
          {t("resolve.commit.noRepository")}{" "}
          <Link to="/$org/settings/repositories" params={{ org }}>
            {t("settings.repositories")}
          </Link>
        </p>
      )}
      {repositories.state === "ready" && (
        <Choice
          org={org}
          repositories={repositories.value}
          onChoose={(repository, commit) => {
            onChoose(repository, commit);
            onClose();
          }}
        />
      )}
    </Dialog>
  );
}

interface ChoiceProps {
  readonly org: string;
  readonly repositories: readonly { readonly id: string; readonly name: string }[];
  readonly onChoose: (repository: string, commit: string) => void;
}

function Choice({ org, repositories, onChoose }: ChoiceProps) {
  const [chosen, setChosen] = useState(repositories[0]?.id ?? "");
  const [text, setText] = useState("");
  const repository = repositories.find(({ id }) => id === chosen);
  const commits = useQuery(repositoryCommitsQuery(org, chosen)).data ?? [];
  const typed = text.trim().toLowerCase();
  const matching = commits.filter((commit) => fits(commit, typed)).slice(0, LISTED_MAX);
  const isHash = /^[0-9a-f]{7,40}$/.test(typed);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const hash = matching.find(({ id }) => id.startsWith(typed))?.id ?? typed;
    if (repository !== undefined && isHash) onChoose(repository.name, hash);
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      {repositories.length > 1 && (
        <label className={styles.repository}>
          {t("repository")}
          <select value={chosen} onChange={(event) => setChosen(event.target.value)}>
            {repositories.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <TextField
        label={t("resolve.commit.find")}
        autoComplete="off"
        autoFocus
        value={text}
        onChange={setText}
        hint={t("resolve.commit.hint")}
      />
      <ul className={styles.list}>
        {matching.map((commit) => (
          <li key={commit.id}>
            <button
              type="button"
              onClick={() => repository !== undefined && onChoose(repository.name, commit.id)}
            >
              <b>{subjectOf(commit.message)}</b>
              <small>
                <code>{shortHash(commit.id)}</code> {authorName(commit.author)}{" "}
                <RelativeTime time={commit.dateCreated} sentence />
              </small>
            </button>
          </li>
        ))}
      </ul>
      <div className={styles.buttons}>
        <Button type="submit" variant="primary" disabled={!isHash}>
          {t("resolve")}
        </Button>
      </div>
    </form>
  );
}

function fits({ id, message }: Commit, text: string): boolean {
  return text === "" || id.startsWith(text) || message.toLowerCase().includes(text);
}
