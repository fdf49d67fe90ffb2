import { useQuery } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import { useState } from "react";
import { committersQuery } from "../../../../lib/api/code.ts";
import type { EventDetail } from "../../../../lib/api/event-types.ts";
import type { Suspect } from "../../../../lib/api/release-types.ts";
import { t } from "../../../../lib/i18n.ts";
import { authorName, commitUrl, shortHash, subjectOf, webLink } from "../../../../lib/releases.ts";
import { remote } from "../../../../lib/remote.ts";
import { Avatar } from "../../../../ui/Avatar/Avatar.tsx";
import { Button } from "../../../../ui/Button/Button.tsx";
import { Card } from "../../../../ui/Card/Card.tsx";
import { explain } from "../../../../ui/ProblemView/ProblemView.tsx";
import { RelativeTime } from "../../../../ui/RelativeTime/RelativeTime.tsx";
import { Skeleton } from "../../../../ui/Skeleton/Skeleton.tsx";
import cards from "./Cards.module.css";
import styles from "./SuspectCard.module.css";

interface Props {
  readonly org: string;
  readonly issue: string;
  readonly event: EventDetail;
}

/** The commit that probably did it; others that may have are one click away. */
export function SuspectCard({ org, issue, event }: Props) {
  const [isOpen, setOpen] = useState(false);
  const suspect = event.suspectCommit;
  if (suspect === null || suspect === undefined) return null;
  return (
    <Card title={t("suspect.commit")}>
      <SuspectRow suspect={suspect} />
      {isOpen ? (
        <Others org={org} issue={issue} first={suspect.id} />
      ) : (
        <Button size="small" variant="ghost" className={styles.others} onClick={() => setOpen(true)}>
          {t("suspect.others")}
        </Button>
      )}
    </Card>
  );
}

function Others({
  org,
  issue,
  first,
}: {
  readonly org: string;
  readonly issue: string;
  readonly first: string;
}) {
  const committers = remote(useQuery(committersQuery(org, issue)));
  switch (committers.state) {
    case "loading":
      return <Skeleton lines={3} />;
    case "failed":
      return (
        <p role="alert" className={cards.small}>
          {explain(committers.problem)}
        </p>
      );
    case "empty":
    case "ready": {
      const others = committers.value
        .flatMap(({ commits }) => commits)
        .filter(({ id }) => id !== first)
        .toSorted((a, b) => b.score - a.score);
      if (others.length === 0) return <p className={cards.small}>{t("suspect.others.none")}</p>;
      return (
        <div className={styles.list}>
          {others.map((suspect) => (
            <SuspectRow key={suspect.id} suspect={suspect} />
          ))}
        </div>
      );
    }
  }
}

function SuspectRow({ suspect }: { readonly suspect: Suspect }) {
  const { id, message, author, repository, pullRequest, dateCreated, files } = suspect;
  const url = commitUrl(repository, id);
  const request = webLink(pullRequest?.externalUrl);
  return (
    <div className={styles.suspect}>
      <Avatar of={{ name: authorName(author) }} />
      <div>
        <b>{subjectOf(message)}</b>
        <div className={styles.by}>
          {url === null ? (
            <code title={id}>{shortHash(id)}</code>
          ) : (
            <a href={url} target="_blank" rel="noreferrer" className={cards.link} title={t("source.open")}>
              <code>{shortHash(id)}</code> <ExternalLink size={11} aria-hidden="true" />
            </a>
          )}
          <span title={author?.email ?? undefined}>{authorName(author)}</span>
          <RelativeTime time={dateCreated} sentence />
          {pullRequest !== null && request !== null && (
            <a href={request} target="_blank" rel="noreferrer" className={cards.link}>
              {t("commits.request", { number: pullRequest.id, title: pullRequest.title })}
            </a>
          )}
        </div>
        {files.length > 0 && (
          <div className={styles.files}>
            {t("suspect.touches")}{" "}
            {files.map((file) => (
              <code key={file}>{file}</code>
            ))}
          </div>
        )}
      </div>
    </div>
  );
}
