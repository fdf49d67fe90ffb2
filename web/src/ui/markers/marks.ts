/** What is marked on charts of time. */
import type { Marker } from "../../charts/markers.ts";
import type { Deploy, FlagChange, Release } from "../../lib/api/release-types.ts";
import { formatRelease } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { releasedAt, releaseName } from "../../lib/releases.ts";

/** More could not be told apart. */
const RELEASES_MAX = 6;
const FLAGS_MAX = 12;

/** A mark that leads to a release. */
export interface ReleaseMark extends Omit<Marker, "href" | "open"> {
  readonly version: string;
}

/** Releases that came out or were deployed since a moment, the newest first, as many as can be told apart. */
export function inTime(releases: readonly Release[], from: number): readonly Release[] {
  const newest = (release: Release) =>
    Math.max(Date.parse(releasedAt(release)), Date.parse(release.lastDeploy?.dateFinished ?? "") || 0);
  return releases
    .filter((release) => newest(release) > from)
    .toSorted((a, b) => newest(b) - newest(a))
    .slice(0, RELEASES_MAX);
}

/** What marks of these releases say beside them: the package only where there are several. */
export function markNames(releases: readonly Release[]): (version: string) => string {
  const packages = new Set(releases.map(({ versionInfo }) => versionInfo.package));
  return packages.size > 1 ? releaseName : formatRelease;
}

/**
 * Where a release was deployed, its deploys into the chosen environments; else when it came out.
 * `deploys` are all it has; where they are not known yet, the last one stands for them.
 */
export function releaseMarks(
  release: Release,
  deploys: readonly Deploy[] | undefined,
  environments: readonly string[] | undefined,
  nameOf: (version: string) => string = releaseName,
): readonly ReleaseMark[] {
  const { version, lastDeploy } = release;
  const [name, label] = [releaseName(version), nameOf(version)];
  const all = deploys ?? (lastDeploy === null ? [] : [lastDeploy]);
  if (all.length === 0) {
    const time = Date.parse(releasedAt(release));
    return [{ kind: "release", time, label, said: t("marker.release", { name }), version }];
  }
  return all
    .filter(({ environment }) => environments === undefined || environments.includes(environment))
    .map(({ environment, dateFinished }) => ({
      kind: "deploy",
      time: Date.parse(dateFinished),
      label,
      said: t("marker.deploy", { name, environment }),
      version,
    }));
}

/** Changes of feature flags since a moment, the newest if there are many. */
export function flagMarks(changes: readonly FlagChange[], from: number): readonly Marker[] {
  return changes
    .map(
      ({ action, flag, createdAt }): Marker => ({
        kind: "flag",
        time: Date.parse(createdAt),
        label: flag,
        said: t(`marker.flag.${action}`, { flag }),
      }),
    )
    .filter(({ time }) => time > from)
    .toSorted((a, b) => b.time - a.time)
    .slice(0, FLAGS_MAX);
}
