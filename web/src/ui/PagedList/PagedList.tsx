import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Page } from "../../lib/api/client.ts";
import { t } from "../../lib/i18n.ts";
import { problemOf } from "../../lib/remote.ts";
import { Button } from "../Button/Button.tsx";
import { cx } from "../cx.ts";
import { ProblemView } from "../ProblemView/ProblemView.tsx";
import { Skeleton } from "../Skeleton/Skeleton.tsx";
import styles from "./PagedList.module.css";

interface Props<Item> {
  readonly query: UseInfiniteQueryResult<InfiniteData<Page<Item>>>;
  /** What to say when there is nothing. */
  readonly empty: ReactNode;
  readonly children: (items: readonly Item[]) => ReactNode;
}

/** A list that comes page by page, else why it does not. */
export function PagedList<Item>({ query, empty, children }: Props<Item>) {
  const items = query.data?.pages.flatMap((page) => page.items);
  if (items === undefined) {
    if (query.error === null) return <Skeleton lines={8} />;
    return <ProblemView problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  }
  if (items.length === 0) return empty;
  return (
    <div className={cx(query.isPlaceholderData && styles.stale)}>
      {children(items)}
      {query.hasNextPage && (
        <div className={styles.more}>
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("load.more")}
          </Button>
        </div>
      )}
    </div>
  );
}
