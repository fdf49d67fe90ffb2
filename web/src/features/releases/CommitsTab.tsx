import { useInfiniteQuery } from "@tanstack/react-query";
import { ExternalLink, GitCommitHorizontal } from "lucide-react";
import type { Commit, CommitFile } from "../../lib/api/release-types.ts";
import { commitFilesQuery, commitsQuery } from "../../lib/api/releases.ts";
import { t } from "../../lib/i18n.ts";
import {
  authorName,
  bodyOf,
  commitUrl,
  fileUrl,
  hostName,
  shortHash,
  subjectOf,
  webLink,
} from "../../lib/releases.ts";
import { problemOf } from "../../lib/remote.ts";
import { Authors } from "../../ui/Authors/Authors.tsx";
import { Avatar } from "../../ui/Avatar/Avatar.tsx";
import { Button } from "../../ui/Button/Button.tsx";
import { Card } from "../../ui/Card/Card.tsx";
import { CodeBlock } from "../../ui/CodeBlock/CodeBlock.tsx";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import type { OfRelease } from "./ReleaseScreen.tsx";
import styles from "./Releases.module.css";

/** What went into a release: its commits, who wrote them, and the files they changed. */
export function CommitsTab({ org, release }: OfRelease) {
  const { version, authors } = release;
  const query = useInfiniteQuery(commitsQuery(org, version));
  const commits = query.data?.pages.flatMap((page) => page.items);
  if (commits === undefined) {
    if (query.error === null) return <Skeleton lines={8} />;
    return <ProblemView problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  }
  if (commits.length === 0) return <NoCommits version={version} />;
  return (
    <div className={styles.columns}>
      <Card
        flush
        title={t("commits.count", { count: release.commitCount })}
        actions={<Authors authors={authors} />}
      >
        <div>
          {commits.map((commit) => (
            <CommitRow key={`${commit.repository?.id} ${commit.id}`} commit={commit} />
          ))}
        </div>
        {query.hasNextPage && (
          <div className={styles.more}>
            <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t("load.more")}
            </Button>
          </div>
        )}
      </Card>
      <FilesCard org={org} version={version} commits={commits} />
    </div>
  );
}

function NoCommits({ version }: { readonly version: string }) {
  return (
    <div className={styles.guide}>
      <Empty
        icon={<GitCommitHorizontal size={28} strokeWidth={1.6} />}
        title={t("commits.none")}
        text={t("commits.none.text")}
      />
      <CodeBlock
        code={`sentry-cli releases set-commits "${version}" --local`}
        language=""
        label={t("commits.none.text")}
      />
    </div>
  );
}

function CommitRow({ commit }: { readonly commit: Commit }) {
  const { id, message, author, repository, pullRequest, dateCreated } = commit;
  const url = commitUrl(repository, id);
  const request = webLink(pullRequest?.externalUrl);
  const body = bodyOf(message);
  return (
    <div className={styles.commit}>
      <Avatar of={{ name: authorName(author) }} />
      <div>
        <b>{subjectOf(message)}</b>
        <div className={styles.by}>
          <span title={author?.email ?? undefined}>{authorName(author)}</span>
          {repository !== null && <span>{repository.name}</span>}
          {pullRequest !== null &&
            (request === null ? (
              <span>{pullRequest.title}</span>
            ) : (
              <a href={request} target="_blank" rel="noreferrer" className={styles.out}>
                {t("commits.request", { number: pullRequest.id, title: pullRequest.title })}
              </a>
            ))}
        </div>
        {body !== "" && (
          <details>
            <summary>{t("commits.message")}</summary>
            <pre>{body}</pre>
          </details>
        )}
      </div>
      <div className={styles.by}>
        {url === null ? (
          <code title={id}>{shortHash(id)}</code>
        ) : (
          <a
            href={url}
            target="_blank"
            rel="noreferrer"
            className={styles.out}
            title={openIn(repository === null ? null : hostName(repository))}
          >
            <code>{shortHash(id)}</code> <ExternalLink size={11} aria-hidden="true" />
          </a>
        )}
        <RelativeTime time={dateCreated} sentence />
      </div>
    </div>
  );
}

function openIn(host: string | null): string {
  return host === null ? t("source.open") : t("source.openIn", { host });
}

interface FilesProps {
  readonly org: string;
  readonly version: string;
  readonly commits: readonly Commit[];
}

/** Every changed file once, at its newest commit of the release. */
function FilesCard({ org, version, commits }: FilesProps) {
  const query = useInfiniteQuery(commitFilesQuery(org, version));
  const files = newestOf(query.data?.pages.flatMap((page) => page.items) ?? [], commits);
  return (
    <Card flush title={t("commits.files")}>
      {query.data === undefined && query.error === null && <Skeleton lines={4} />}
      {query.data === undefined && query.error !== null && (
        <ProblemView problem={problemOf(query.error)} onRetry={() => void query.refetch()} />
      )}
      {query.data !== undefined && files.length === 0 && (
        <p className={styles.none}>{t("commits.files.none")}</p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls, so the keyboard must reach it */}
      <div className={styles.files} tabIndex={0}>
        {files.map((file) => (
          <FileRow key={`${file.repoName} ${file.filename}`} file={file} commits={commits} />
        ))}
        {query.hasNextPage && (
          <div className={styles.more}>
            <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t("load.more")}
            </Button>
          </div>
        )}
      </div>
    </Card>
  );
}

/** The last change of each file; `commits` are the newest first. */
export function newestOf(
  files: readonly CommitFile[],
  commits: readonly Pick<Commit, "id">[],
): readonly CommitFile[] {
  const place = new Map(commits.map(({ id }, at) => [id, at]));
  const rank = ({ commitId }: CommitFile) => place.get(commitId) ?? Number.POSITIVE_INFINITY;
  const found = new Map<string, CommitFile>();
  for (const file of files) {
    const key = `${file.repoName}\n${file.filename}`;
    const known = found.get(key);
    if (known === undefined || rank(file) < rank(known)) found.set(key, file);
  }
  return [...found.values()];
}

function FileRow({ file, commits }: { readonly file: CommitFile; readonly commits: readonly Commit[] }) {
  const { filename, type, commitId, commitMessage, author } = file;
  const repository = commits.find(({ id }) => id === commitId)?.repository ?? null;
  // What was deleted is not there any more.
  const url = type === "D" ? commitUrl(repository, commitId) : fileUrl(repository, commitId, filename);
  return (
    <div className={styles.file}>
      <span className={styles.kind} data-kind={type} title={t(`commits.file.${type}`)}>
        <span aria-hidden="true">{type}</span>
        <span className="visually-hidden">{t(`commits.file.${type}`)}</span>
      </span>
      <code title={subjectOf(commitMessage)}>
        {url === null ? (
          filename
        ) : (
          <a href={url} target="_blank" rel="noreferrer" className={styles.out}>
            {filename}
          </a>
        )}
      </code>
      <Avatar of={{ name: authorName(author) }} />
    </div>
  );
}
