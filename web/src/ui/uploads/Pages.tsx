import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Page } from "../../lib/api/client.ts";
import { t } from "../../lib/i18n.ts";
import { problemOf } from "../../lib/remote.ts";
import { Button } from "../Button/Button.tsx";
import { ProblemView } from "../ProblemView/ProblemView.tsx";
import { Skeleton } from "../Skeleton/Skeleton.tsx";
import styles from "./Uploads.module.css";

interface Props<T> {
  readonly query: UseInfiniteQueryResult<InfiniteData<Page<T>>>;
  /** What to say when there is nothing. */
  readonly none: string;
  /** Which of the answered are meant. */
  readonly keep?: (item: T) => boolean;
  readonly children: (items: readonly T[]) => ReactNode;
}

/** A list that comes page by page, or why there is none. */
export function Pages<T>({ query, none, keep = () => true, children }: Props<T>) {
  if (query.data === undefined) {
    if (query.error === null) return <Skeleton lines={3} />;
    return <ProblemView problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  }
  const items = query.data.pages.flatMap((page) => page.items).filter(keep);
  return (
    <>
      {items.length === 0 ? <p className={styles.none}>{none}</p> : children(items)}
      {query.hasNextPage && (
        <div className={styles.more}>
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("load.more")}
          </Button>
        </div>
      )}
    </>
  );
}
