import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ExternalLink, Flame, GitCompare, Inbox, Waypoints } from "lucide-react";
import { deploysQuery } from "../../lib/api/releases.ts";
import { formatDateTime, formatDuration } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { webLink } from "../../lib/releases.ts";
import { remote } from "../../lib/remote.ts";
import { allOf, filterText } from "../../lib/search-lang/parse.ts";
import { scopeOf } from "../../lib/urlstate.ts";
import { Card } from "../../ui/Card/Card.tsx";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { explain } from "../../ui/ProblemView/ProblemView.tsx";
import { RelatedIssuesCard } from "../../ui/performance/RelatedIssuesCard.tsx";
import { RelativeTime } from "../../ui/RelativeTime/RelativeTime.tsx";
import { Skeleton } from "../../ui/Skeleton/Skeleton.tsx";
import { HealthCharts } from "./HealthCharts.tsx";
import type { OfRelease } from "./ReleaseScreen.tsx";
import styles from "./Releases.module.css";

/** How healthy a release is, the issues that came with it, and where it was deployed. */
export function OverviewTab(props: OfRelease) {
  const { org, release, search } = props;
  const { version } = release;
  return (
    <div className={styles.columns}>
      <div className={styles.main}>
        <HealthCharts {...props} />
        <RelatedIssuesCard
          org={org}
          search={search}
          query={filterText("firstRelease", version)}
          title={t("release.new")}
          none={t("release.new.none")}
        />
        <RelatedIssuesCard
          org={org}
          search={search}
          query={allOf("is:regressed", filterText("release", version))}
          title={t("release.regressed")}
          none={t("release.regressed.none")}
        />
      </div>
      <aside className={styles.side} aria-label={t("side")}>
        <DeploysCard org={org} release={release} />
        <FactsCard release={release} />
        <LinksCard org={org} release={release} search={search} />
      </aside>
    </div>
  );
}

function DeploysCard({ org, release }: Pick<OfRelease, "org" | "release">) {
  const deploys = remote(useQuery(deploysQuery(org, release.version)), (list) => list.length === 0);
  return (
    <Card flush title={t("release.deploys")}>
      {deploys.state === "loading" && <Skeleton lines={2} />}
      {deploys.state === "failed" && (
        <p role="alert" className={styles.none}>
          {explain(deploys.problem)}
        </p>
      )}
      {deploys.state === "empty" && <p className={styles.none}>{t("release.deploys.none")}</p>}
      {deploys.state === "ready" &&
        deploys.value.map(({ id, environment, name, url, dateStarted, dateFinished }) => {
          const href = webLink(url);
          const took = dateStarted === null ? 0 : Date.parse(dateFinished) - Date.parse(dateStarted);
          return (
            <div key={id} className={styles.deploy}>
              <Chip>{environment}</Chip>
              <span>
                {href === null ? (
                  name
                ) : (
                  <a href={href} target="_blank" rel="noreferrer" className={styles.out}>
                    {name ?? t("release.deploys.page")} <ExternalLink size={11} aria-hidden="true" />
                  </a>
                )}
              </span>
              <span title={took > 0 ? t("release.deploys.took", { time: formatDuration(took) }) : undefined}>
                <RelativeTime time={dateFinished} sentence />
              </span>
            </div>
          );
        })}
    </Card>
  );
}

function FactsCard({ release }: Pick<OfRelease, "release">) {
  const { version, versionInfo, ref, url } = release;
  const page = webLink(url);
  const moment = (time: string | null) => (time === null ? null : formatDateTime(time));
  const facts: readonly (readonly [string, string | null])[] = [
    [t("release.facts.version"), version],
    [t("release.facts.package"), versionInfo.package],
    [t("release.facts.ref"), ref],
    [t("release.facts.made"), moment(release.dateCreated)],
    [t("release.facts.started"), moment(release.dateStarted)],
    [t("release.facts.released"), moment(release.dateReleased)],
    [t("release.facts.first"), moment(release.firstEvent)],
    [t("release.facts.last"), moment(release.lastEvent)],
  ];
  return (
    <Card title={t("facts")}>
      <dl className={styles.facts}>
        {facts.map(([name, value]) =>
          value === null || value === "" ? null : (
            <div key={name} style={{ display: "contents" }}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
        {page !== null && (
          <>
            <dt>{t("release.facts.page")}</dt>
            <dd>
              <a href={page} target="_blank" rel="noreferrer">
                {new URL(page).host}
              </a>
            </dd>
          </>
        )}
      </dl>
    </Card>
  );
}

function LinksCard({ org, release, search }: Pick<OfRelease, "org" | "release" | "search">) {
  const { version } = release;
  const scope = scopeOf(search);
  const q = filterText("release", version);
  const own = { project: release.projects.map(({ id }) => String(id)) };
  return (
    <Card title={t("release.on")}>
      <div className={styles.links}>
        <Link to="/$org/issues" params={{ org }} search={{ ...scope, q }} preload={false}>
          <Inbox size={13} aria-hidden="true" />
          {t("release.on.issues")}
        </Link>
        <Link to="/$org/explore/traces" params={{ org }} search={{ ...scope, ...own, q }} preload={false}>
          <Waypoints size={13} aria-hidden="true" />
          {t("release.on.traces")}
        </Link>
        <Link
          to="/$org/profiles"
          params={{ org }}
          search={{ ...scope, tab: "changes", release: version }}
          preload={false}
        >
          <Flame size={13} aria-hidden="true" />
          {t("release.on.profiles")}
        </Link>
        <Link to="/$org/releases/$version" params={{ org, version }} search={{ ...scope, tab: "compare" }}>
          <GitCompare size={13} aria-hidden="true" />
          {t("release.on.compare")}
        </Link>
      </div>
    </Card>
  );
}
