import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Tag } from "lucide-react";
import { issueQuery, issueTagsQuery, issueTagValuesQuery } from "../../../lib/api/issues.ts";
import type { TagValue } from "../../../lib/api/types.ts";
import { formatCount, formatPercent } from "../../../lib/format.ts";
import { t } from "../../../lib/i18n.ts";
import { problemOf, remote } from "../../../lib/remote.ts";
import { filterText } from "../../../lib/search-lang/parse.ts";
import { Button, buttonClass } from "../../../ui/Button/Button.tsx";
import { Card } from "../../../ui/Card/Card.tsx";
import { Empty } from "../../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../../ui/Skeleton/Skeleton.tsx";
import { valueName } from "../../../ui/TagBar/TagBar.tsx";
import styles from "./TagsTab.module.css";

const route = getRouteApi("/$org/issues/$shortId");

/** All tags with their commonest values, or all values of one tag. */
export function TagsTab() {
  const { org, shortId } = route.useParams();
  const { key } = route.useSearch();
  return key === undefined ? (
    <AllTags org={org} issue={shortId} />
  ) : (
    <OneTag org={org} issue={shortId} tagKey={key} />
  );
}

function AllTags({ org, issue }: { readonly org: string; readonly issue: string }) {
  const { env } = route.useSearch();
  const tags = remote(useQuery(issueTagsQuery(org, issue, env)), (list) => list.length === 0);
  switch (tags.state) {
    case "loading":
      return <Skeleton lines={8} />;
    case "failed":
      return <ProblemView problem={tags.problem} onRetry={tags.retry} />;
    case "empty":
      return <Empty icon={<Tag size={26} strokeWidth={1.6} />} title={t("tags.none")} />;
    case "ready":
      return (
        <div className={styles.page}>
          {tags.value.map((tag) => (
            <Card key={tag.key} title={tag.key}>
              {tag.topValues.map((value) => (
                <Value key={value.value} tagKey={tag.key} value={value} total={tag.totalValues} />
              ))}
              <Link
                from="/$org/issues/$shortId/tags"
                to="."
                search={(before) => ({ ...before, key: tag.key })}
                className={styles.more}
              >
                {t("tags.all")}
              </Link>
            </Card>
          ))}
        </div>
      );
  }
}

interface OneProps {
  readonly org: string;
  readonly issue: string;
  readonly tagKey: string;
}

function OneTag({ org, issue, tagKey }: OneProps) {
  const total = Number(useQuery(issueQuery(org, issue)).data?.count ?? 0);
  const query = useInfiniteQuery(issueTagValuesQuery(org, issue, tagKey));
  const values = query.data?.pages.flatMap((page) => page.items);
  const most = Math.max(total, values?.reduce((sum, value) => sum + value.count, 0) ?? 0);
  return (
    <div className={styles.one}>
      <Card
        title={tagKey}
        actions={
          <Link
            from="/$org/issues/$shortId/tags"
            to="."
            search={(before) => ({ ...before, key: undefined })}
            className={buttonClass({ size: "small" })}
          >
            {t("tags.back")}
          </Link>
        }
      >
        {values === undefined && query.error === null && <Skeleton lines={8} />}
        {values === undefined && query.error !== null && (
          <ProblemView problem={problemOf(query.error)} onRetry={() => void query.refetch()} />
        )}
        {values?.map((value) => (
          <Value key={value.value} tagKey={tagKey} value={value} total={most} />
        ))}
        {query.hasNextPage && (
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("load.more")}
          </Button>
        )}
      </Card>
    </div>
  );
}

interface ValueProps {
  readonly tagKey: string;
  readonly value: TagValue;
  readonly total: number;
}

/** One value; leads to the events that have it. */
function Value({ tagKey, value, total }: ValueProps) {
  const share = total === 0 ? 0 : value.count / total;
  return (
    <div className={styles.row}>
      <Link
        from="/$org/issues/$shortId/tags"
        to="/$org/issues/$shortId/events"
        search={(before) => ({ ...before, key: undefined, q: filterText(tagKey, value.value) })}
        className={styles.name}
        title={value.value}
      >
        <i style={{ width: `${Math.min(1, share) * 100}%` }} />
        <span>{valueName(value.value)}</span>
      </Link>
      <span className={styles.count}>{formatCount(value.count)}</span>
      <span className={styles.share}>{formatPercent(share)}</span>
    </div>
  );
}
