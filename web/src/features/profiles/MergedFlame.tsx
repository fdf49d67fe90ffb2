import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { mergedTreeQuery } from "../../lib/api/profiles.ts";
import { boxesOfTree } from "../../lib/flame/boxes.ts";
import { t } from "../../lib/i18n.ts";
import { problemOf } from "../../lib/remote.ts";
import type { ProfilesSearch } from "../../lib/urlstate.ts";
import { cx } from "../../ui/cx.ts";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { ExtentNote } from "./ExtentNote.tsx";
import { FindField } from "./FindField.tsx";
import { FlamePane } from "./FlamePane.tsx";
import { NoProfiles } from "./NoProfiles.tsx";
import styles from "./Profiles.module.css";

interface Props {
  readonly org: string;
  readonly search: ProfilesSearch;
  readonly change: (next: Partial<ProfilesSearch>, replace?: boolean) => void;
}

/** The flame graph of everything that matches. */
export function MergedFlame({ org, search, change }: Props) {
  const query = useQuery({ ...mergedTreeQuery(org, search), placeholderData: keepPreviousData });
  const boxes = useMemo(() => (query.data === undefined ? null : boxesOfTree(query.data)), [query.data]);
  if (query.data === undefined || boxes === null) {
    if (query.error === null) return <Skeleton lines={12} />;
    return <ProblemView problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  }
  if (boxes.label.length === 0) return <NoProfiles search={search} change={change} />;
  return (
    <>
      <div className={styles.bar}>
        <FindField
          value={search.find ?? ""}
          onChange={(find) => change({ find: find === "" ? undefined : find }, true)}
        />
        <ExtentNote extent={query.data.extent} />
      </div>
      <div className={cx(styles.body, styles.tall, query.isPlaceholderData && styles.stale)}>
        <FlamePane
          boxes={boxes}
          label={t("profiles.tab.flame")}
          view={search}
          change={(next) => change(next, true)}
        />
      </div>
    </>
  );
}
