import { Waypoints } from "lucide-react";
import type { ReactNode } from "react";
import { t } from "../../lib/i18n.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { cx } from "../../ui/cx.ts";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import styles from "./ExploreScreen.module.css";
import type { Exploring } from "./ExploreScreen.tsx";
import type { SpanTable } from "./useTable.ts";

interface Props extends Pick<Exploring, "search" | "change"> {
  readonly table: SpanTable;
  readonly children: (table: Extract<SpanTable, { state: "ready" }>) => ReactNode;
}

/** The table when it is there, else why not. */
export function TableStates({ table, search, change, children }: Props) {
  switch (table.state) {
    case "loading":
      return <Skeleton lines={8} />;
    case "failed":
      return <ProblemView problem={table.problem} onRetry={table.retry} />;
    case "empty":
      return <NoSpans search={search} change={change} />;
    case "ready":
      return (
        <div className={cx(styles.list, table.stale && styles.stale)}>
          {children(table)}
          {table.more !== null && (
            <div className={styles.more}>
              <Button disabled={table.isLoadingMore} onClick={table.more}>
                {t("load.more")}
              </Button>
            </div>
          )}
        </div>
      );
  }
}

function NoSpans({ search, change }: Pick<Exploring, "search" | "change">) {
  const isNarrow = search.q !== undefined || search.project !== undefined || search.env !== undefined;
  return (
    <Empty
      icon={<Waypoints size={28} strokeWidth={1.6} />}
      title={t(isNarrow ? "explore.empty" : "explore.none")}
      text={t(isNarrow ? "explore.empty.text" : "explore.none.text")}
      actions={
        <>
          {isNarrow && (
            <Button onClick={() => change({ q: undefined, project: undefined, env: undefined })}>
              {t("empty.clear")}
            </Button>
          )}
          {search.t !== "90d" && (
            <Button onClick={() => change({ t: "90d", from: undefined, to: undefined })}>
              {t("empty.wider")}
            </Button>
          )}
        </>
      }
    />
  );
}
