import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { releasePagesQuery } from "../../lib/api/releases.ts";
import { useSession } from "../../lib/api/session.ts";
import { t } from "../../lib/i18n.ts";
import { earlierOf } from "../../lib/releases.ts";
import { problemOf } from "../../lib/remote.ts";
import { RELEASE_SORTS, type ReleaseSort, type ReleasesSearch } from "../../lib/urlstate.ts";
import { Button } from "../../ui/Button/Button.tsx";
import { cx } from "../../ui/cx.ts";
import { ProblemView } from "../../ui/ProblemView/ProblemView.tsx";
import { SearchField } from "../../ui/SearchField/SearchField.tsx";
import { Segmented } from "../../ui/Segmented/Segmented.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { Table } from "../../ui/Table/Table.tsx";
import { NoReleases } from "./NoReleases.tsx";
import { ReleaseLine } from "./ReleaseLine.tsx";
import styles from "./Releases.module.css";

const route = getRouteApi("/$org/releases");

/** Which versions there are, how healthy each is, what it brought, and where it runs. */
export function ReleasesScreen() {
  const { org } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: Partial<ReleasesSearch>, replace = false) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...next }), resetScroll: false, replace });
  return (
    <div className={styles.screen}>
      <div className={styles.bar}>
        <SearchField
          label={t("releases.find")}
          value={search.q ?? ""}
          onChange={(q) => change({ q: q === "" ? undefined : q }, true)}
        />
        <Segmented<"open" | "archived">
          label={t("releases.status")}
          options={[
            { value: "open", label: t("releases.status.open") },
            { value: "archived", label: t("releases.status.archived") },
          ]}
          value={search.status ?? "open"}
          onChange={(status) => change({ status: status === "open" ? undefined : status })}
        />
        <span className={styles.spacer} />
        <span className={styles.quiet} id="releases-sort">
          {t("sort")}
        </span>
        <Segmented<ReleaseSort>
          label={t("sort")}
          options={RELEASE_SORTS.map((value) => ({ value, label: t(`releases.sort.${value}`) }))}
          value={search.sort ?? "date"}
          onChange={(sort) => change({ sort: sort === "date" ? undefined : sort })}
        />
      </div>
      <ReleaseList org={org} search={search} change={change} />
    </div>
  );
}

interface Props {
  readonly org: string;
  readonly search: ReleasesSearch;
  readonly change: (next: Partial<ReleasesSearch>) => void;
}

function ReleaseList({ org, search, change }: Props) {
  const { projects } = useSession(org);
  const query = useInfiniteQuery(releasePagesQuery(org, search));
  const releases = query.data?.pages.flatMap((page) => page.items);
  if (releases === undefined) {
    if (query.error === null) return <Skeleton lines={8} />;
    return <ProblemView problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  }
  if (releases.length === 0) return <NoReleases org={org} search={search} change={change} />;
  return (
    <div className={cx(styles.list, query.isPlaceholderData && styles.stale)}>
      <Table
        label={t("nav.releases")}
        columns={[
          { name: t("release") },
          { name: t("releases.adoption") },
          { name: t("releases.freeSessions"), right: true },
          { name: t("releases.freeUsers"), right: true },
          { name: t("releases.sessions"), right: true },
          { name: t("releases.newIssues"), right: true },
          { name: t("releases.commits") },
          { name: t("releases.deployed") },
        ]}
      >
        {releases.map((release, place) => (
          <ReleaseLine
            key={release.version}
            org={org}
            search={search}
            release={release}
            earlier={earlierOf(releases, place)}
            projects={projects}
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
