import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { issueTagsQuery } from "../../../../lib/api/issues.ts";
import type { IssueDetail } from "../../../../lib/api/types.ts";
import { t } from "../../../../lib/i18n.ts";
import { remote } from "../../../../lib/remote.ts";
import { Card } from "../../../../ui/Card/Card.tsx";
import { explain } from "../../../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../../../ui/Skeleton/Skeleton.tsx";
import { TagBar } from "../../../../ui/TagBar/TagBar.tsx";
import styles from "./Cards.module.css";

const route = getRouteApi("/$org/issues/$shortId");
const TAGS_SHOWN = 8;

/** How the issue's events spread over the values of its tags. */
export function DistributionCard({ org, issue }: { readonly org: string; readonly issue: IssueDetail }) {
  const { env } = route.useSearch();
  const tags = remote(useQuery(issueTagsQuery(org, issue.id, env)), (list) => list.length === 0);
  if (tags.state === "empty") return null;
  return (
    <Card title={t("tags.where")}>
      {tags.state === "loading" && <Skeleton lines={6} />}
      {tags.state === "failed" && <div className={styles.small}>{explain(tags.problem)}</div>}
      {tags.state === "ready" && (
        <div className={styles.bars}>
          {tags.value.slice(0, TAGS_SHOWN).map((tag) => (
            <Link
              key={tag.key}
              from="/$org/issues/$shortId"
              to="/$org/issues/$shortId/tags"
              search={(before) => ({ ...before, key: tag.key })}
            >
              <TagBar tag={tag} />
            </Link>
          ))}
        </div>
      )}
    </Card>
  );
}
