import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Profile } from "../../lib/api/profile-types.ts";
import { profilesQuery } from "../../lib/api/profiles.ts";
import { useSession } from "../../lib/api/session.ts";
import { formatBytes, formatCount, formatDuration, formatRelease } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { colorOf } from "../../lib/project-color.ts";
import { problemOf } from "../../lib/remote.ts";
import type { ProfilesSearch } from "../../lib/urlstate.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { cx } from "../../ui/cx.ts";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { ProjectTag } from "../../ui/ProjectTag/ProjectTag.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import { NoProfiles } from "./NoProfiles.tsx";
import styles from "./Profiles.module.css";

interface Props {
  readonly org: string;
  readonly search: ProfilesSearch;
  readonly change: (next: Partial<ProfilesSearch>) => void;
}

const NEWEST = "-start";

/** The profiles one by one. */
export function ProfileList({ org, search, change }: Props) {
  const { projects } = useSession(org);
  const query = useInfiniteQuery({ ...profilesQuery(org, search), placeholderData: keepPreviousData });
  const profiles = query.data?.pages.flatMap((page) => page.items);
  if (profiles === undefined) {
    if (query.error === null) return <Skeleton lines={10} />;
    return <ProblemView problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  }
  if (profiles.length === 0) return <NoProfiles search={search} change={change} />;
  // Only the largest first: nobody looks for the shortest profile.
  const sort = (next: string) => {
    const order = next.startsWith("-") ? next : `-${next}`;
    change({ sort: order === NEWEST ? undefined : order });
  };
  return (
    <div className={cx(styles.list, query.isPlaceholderData && styles.stale)}>
      <Table
        label={t("nav.profiles")}
        sorted={search.sort ?? NEWEST}
        onSort={sort}
        columns={[
          { name: t("profiles.of") },
          { name: t("profiles.when"), sort: "start" },
          { name: t("profiles.duration"), right: true, sort: "duration" },
          { name: t("profiles.samples"), right: true, sort: "samples" },
          { name: t("profiles.threads"), right: true },
          { name: t("profiles.release") },
          { name: t("profiles.environment") },
          { name: t("profiles.size"), right: true },
        ]}
      >
        {profiles.map((profile) => (
          <Line
            key={`${profile.projectId} ${profile.id}`}
            org={org}
            profile={profile}
            color={colorOf(projects, String(profile.projectId))}
          />
        ))}
      </Table>
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

interface LineProps {
  readonly org: string;
  readonly profile: Profile;
  readonly color: number;
}

function Line({ org, profile, color }: LineProps) {
  const name =
    profile.transaction === "" ? t("profiles.chunk", { id: profile.id.slice(0, 8) }) : profile.transaction;
  return (
    <tr>
      <td>
        <Link
          to="/$org/profiles/$profileId"
          params={{ org, profileId: profile.id }}
          search={{ project: [String(profile.projectId)] }}
          className={styles.link}
        >
          {name}
        </Link>
        <div className={styles.under}>
          <ProjectTag slug={profile.project} color={color} />
          <span>{profile.platform}</span>
          {profile.kind === "continuous" && <Chip>{t("profiles.kind.continuous")}</Chip>}
          {profile.hasMemory && <Chip>{t("profiles.memory")}</Chip>}
          {profile.hasCpu && <Chip>{t("profiles.cpu")}</Chip>}
        </div>
      </td>
      <td>
        <RelativeTime time={profile.start} />
      </td>
      <td data-right="">{formatDuration(profile.duration * 1000)}</td>
      <td data-right="">{formatCount(profile.samples)}</td>
      <td data-right="">{formatCount(profile.threads)}</td>
      <td title={profile.release}>{profile.release === "" ? "—" : formatRelease(profile.release)}</td>
      <td>{profile.environment === "" ? "—" : profile.environment}</td>
      <td data-right="">{formatBytes(profile.bytes)}</td>
    </tr>
  );
}
