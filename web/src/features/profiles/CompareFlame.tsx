import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Flame } from "lucide-react";
import { useMemo } from "react";
import type { FlameDiff } from "../../lib/api/profile-types.ts";
import { flameDiffQuery } from "../../lib/api/profiles.ts";
import { boxesOfDiff } from "../../lib/flame/diff.ts";
import { formatCount, formatRelease } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { problemOf } from "../../lib/remote.ts";
import type { ProfilesSearch } from "../../lib/urlstate.ts";
import { cx } from "../../ui/cx.ts";
import { Empty } from "../../ui/Empty/Empty.tsx";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { DiffPane } from "./DiffPane.tsx";
import { FindField } from "./FindField.tsx";
import { NoProfiles } from "./NoProfiles.tsx";
import styles from "./Profiles.module.css";

interface Props {
  readonly org: string;
  readonly search: ProfilesSearch;
  readonly change: (next: Partial<ProfilesSearch>, replace?: boolean) => void;
}

/** The flame graphs of two releases in one: orange is what takes more time per profile now, blue what takes less. */
export function CompareFlame({ org, search, change }: Props) {
  const query = useQuery({ ...flameDiffQuery(org, search), placeholderData: keepPreviousData });
  const found = query.data;
  const diff = useMemo(() => (found === undefined ? null : boxesOfDiff(found)), [found]);
  if (found === undefined || diff === null) {
    if (query.error === null) return <Skeleton lines={12} />;
    return <ProblemView problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  }
  if (found.before.profiles === 0 && found.after.profiles === 0)
    return <NoProfiles search={search} change={change} />;
  if (found.before.profiles === 0 || found.after.profiles === 0) return <OneSide diff={found} />;
  return (
    <>
      <div className={styles.bar}>
        <FindField
          value={search.find ?? ""}
          onChange={(find) => change({ find: find === "" ? undefined : find }, true)}
        />
        <span className={styles.note}>{compared(found)}</span>
        <span className={styles.spacer} />
        <ul className={styles.legend} aria-label={t("diff.legend")}>
          <li data-tone="slower">{t("changes.slower")}</li>
          <li data-tone="faster">{t("changes.faster")}</li>
          <li data-tone="same">{t("diff.same")}</li>
        </ul>
      </div>
      <div className={cx(styles.body, styles.tall, query.isPlaceholderData && styles.stale)}>
        <DiffPane diff={diff} view={search} change={(next) => change(next, true)} />
      </div>
    </>
  );
}

/** What is compared with what, and how much of it was read. */
function compared({ project, before, after }: FlameDiff): string {
  const isCut = before.extent.isCut || after.extent.isCut;
  const unreadable = before.extent.unreadable + after.extent.unreadable;
  const parts = [
    project ?? "",
    t("changes.between", { before: nameOf(before), after: nameOf(after) }),
    t("diff.profiles", { before: formatCount(before.profiles), after: formatCount(after.profiles) }),
    ...(isCut ? [t("profiles.cut")] : []),
    ...(unreadable > 0 ? [t("profiles.unreadable", { count: unreadable })] : []),
  ];
  return parts.join(" · ");
}

function nameOf({ version }: FlameDiff["before"]): string {
  return formatRelease(version ?? "");
}

/** There is nothing to compare with. */
function OneSide({ diff }: { readonly diff: FlameDiff }) {
  const known = diff.after.profiles > 0 ? diff.after : diff.before;
  return (
    <Empty
      icon={<Flame size={28} strokeWidth={1.6} />}
      title={t("diff.one")}
      text={t("diff.one.text", { release: nameOf(known) })}
    />
  );
}
