import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { Sparkline } from "../../charts/Sparkline.tsx";
import type { Deploy, Release } from "../../lib/api/release-types.ts";
import { deploysQuery } from "../../lib/api/releases.ts";
import type { ProjectSummary } from "../../lib/api/types.ts";
import { formatCompact, formatCount, formatDateTime } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { colorOf } from "../../lib/project-color.ts";
import { healthOf, lastDeploys, releasedAt, stageOf } from "../../lib/releases.ts";
import { filterText } from "../../lib/search-lang/parse.ts";
import { type ReleasesSearch, scopeOf } from "../../lib/urlstate.ts";
import { Authors } from "../../ui/Authors/Authors.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { ProjectTag } from "../../ui/ProjectTag/ProjectTag.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import { FreeRate } from "./FreeRate.tsx";
import styles from "./Releases.module.css";
import { formatAdoption } from "./rates.ts";

interface Props {
  readonly org: string;
  readonly search: ReleasesSearch;
  readonly release: Release;
  /** The release before it, if it is on screen. */
  readonly earlier: Release | null;
  readonly projects: readonly ProjectSummary[];
}

const PROJECTS_SHOWN = 3;
const DEPLOYS_SHOWN = 3;

export const ReleaseLine = memo(function ReleaseLine({ org, search, release, earlier, projects }: Props) {
  const { version, versionInfo } = release;
  const scope = scopeOf(search);
  const health = healthOf(release, search.project);
  const before = earlier === null ? null : healthOf(earlier, search.project);
  const stage = stageOf(release);
  const others = release.projects.slice(PROJECTS_SHOWN);
  return (
    <tr>
      <td>
        <Link
          to="/$org/releases/$version"
          params={{ org, version }}
          search={scope}
          className={styles.version}
          title={version}
        >
          {versionInfo.description}
        </Link>
        {versionInfo.package !== null && <span className={styles.package}>{versionInfo.package}</span>}
        <div className={styles.under}>
          <time dateTime={releasedAt(release)} title={formatDateTime(releasedAt(release))}>
            {release.dateReleased !== null
              ? t("releases.released")
              : t(release.firstEvent !== null ? "releases.firstSeen" : "releases.made")}{" "}
            <RelativeTime time={releasedAt(release)} sentence />
          </time>
          {release.projects.slice(0, PROJECTS_SHOWN).map(({ id, slug }) => (
            <ProjectTag key={id} slug={slug} color={colorOf(projects, String(id))} />
          ))}
          {others.length > 0 && (
            <span title={others.map(({ slug }) => slug).join(", ")}>
              {t("authors.more", { count: others.length })}
            </span>
          )}
        </div>
      </td>
      <td>
        {health === null ? (
          <span className={styles.quiet}>—</span>
        ) : (
          <span className={styles.adoption}>
            <span>
              {formatAdoption(health.adoption)}
              {stage !== null && (
                <span className={styles.stage} data-stage={stage}>
                  {t(`releases.stage.${stage}`)}
                </span>
              )}
            </span>
            <Sparkline values={health.trend} width={84} height={24} />
          </span>
        )}
      </td>
      <td data-right="">
        <FreeRate share={health?.crashFreeSessions ?? null} before={before?.crashFreeSessions ?? null} />
      </td>
      <td data-right="">
        <FreeRate share={health?.crashFreeUsers ?? null} before={before?.crashFreeUsers ?? null} />
      </td>
      <td data-right="" title={health === null ? undefined : formatCount(health.sessions)}>
        {health === null ? "—" : formatCompact(health.sessions)}
      </td>
      <td data-right="">
        {release.newGroups === 0 ? (
          <span className={styles.quiet}>0</span>
        ) : (
          <Link
            to="/$org/issues"
            params={{ org }}
            search={{ ...scope, q: filterText("firstRelease", version) }}
            preload={false}
            className={styles.link}
          >
            {formatCount(release.newGroups)}
          </Link>
        )}
      </td>
      <td>
        {release.commitCount === 0 ? (
          <span className={styles.quiet}>—</span>
        ) : (
          <Link
            to="/$org/releases/$version"
            params={{ org, version }}
            search={{ ...scope, tab: "commits" }}
            className={styles.commits}
          >
            <Authors authors={release.authors} />
            <span>{t("commits.count", { count: release.commitCount })}</span>
          </Link>
        )}
      </td>
      <td>
        <Deploys org={org} release={release} environments={search.env} />
      </td>
    </tr>
  );
});

interface DeploysProps {
  readonly org: string;
  readonly release: Release;
  readonly environments: readonly string[] | undefined;
}

/** Where it runs: the last deploy into each environment. Of a single deploy the list itself knows. */
function Deploys({ org, release, environments }: DeploysProps) {
  const { version, lastDeploy, deployCount } = release;
  const asked = useQuery({ ...deploysQuery(org, version), enabled: deployCount > 1 }).data;
  const known: readonly Deploy[] = asked ?? (lastDeploy === null ? [] : [lastDeploy]);
  const shown = lastDeploys(known, environments);
  if (shown.length === 0) return <span className={styles.quiet}>—</span>;
  return (
    <span className={styles.deploys}>
      {shown.slice(0, DEPLOYS_SHOWN).map(({ id, environment, dateFinished }) => (
        <span key={id}>
          <Chip>{environment}</Chip> <RelativeTime time={dateFinished} sentence />
        </span>
      ))}
      {shown.length > DEPLOYS_SHOWN && (
        <span className={styles.quiet}>{t("authors.more", { count: shown.length - DEPLOYS_SHOWN })}</span>
      )}
    </span>
  );
}
