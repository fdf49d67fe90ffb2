import type { ReactNode } from "react";
import { t } from "../../lib/i18n.ts";
import { Button } from "../Button/Button.tsx";
import { cx } from "../cx.ts";
import { ProblemView } from "../ProblemView/ProblemView.tsx";
import { Skeleton } from "../Skeleton/Skeleton.tsx";
import styles from "./Performance.module.css";
import type { SpanTable } from "./useTable.ts";

interface Props {
  readonly table: SpanTable;
  /** What to say when there is nothing. */
  readonly empty: ReactNode;
  readonly children: (table: Extract<SpanTable, { state: "ready" }>) => ReactNode;
}

/** The table when it is there, else why not. */
export function TableStates({ table, empty, children }: Props) {
  switch (table.state) {
    case "loading":
      return <Skeleton lines={8} />;
    case "failed":
      return <ProblemView problem={table.problem} onRetry={table.retry} />;
    case "empty":
      return empty;
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
