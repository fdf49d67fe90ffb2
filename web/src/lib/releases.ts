/** What is said about releases: their health over projects, their deploys, and where their code is to be seen. */
import type {
  AdoptionStage,
  Author,
  Bundle,
  Deploy,
  Finding,
  Release,
  Repository,
} from "./api/release-types.ts";
import { formatRelease, shortenId } from "./format.ts";

/** How a release fares in the projects that are looked at, together. Shares are from 0 to 1. */
export interface Health {
  readonly sessions: number;
  readonly users: number;
  readonly crashed: number;
  readonly errored: number;
  readonly crashFreeSessions: number | null;
  readonly crashFreeUsers: number | null;
  /** Its share of the last day's sessions. */
  readonly adoption: number | null;
  /** Sessions by hour, oldest first. */
  readonly trend: readonly number[];
}

/** `null` where the release sends no sessions. Of several projects crash-free users are weighted by users. */
export function healthOf(release: Release, projects?: readonly string[]): Health | null {
  const parts = release.projects.flatMap(({ id, slug, healthData }) => {
    const isAsked = projects === undefined || projects.includes(String(id)) || projects.includes(slug);
    return isAsked && healthData?.hasHealthData === true ? [healthData] : [];
  });
  if (parts.length === 0) return null;
  const sum = (of: (part: (typeof parts)[number]) => number) =>
    parts.reduce((total, part) => total + of(part), 0);
  const sessions = sum((part) => part.totalSessions);
  const crashed = sum((part) => part.sessionsCrashed);
  const users = sum((part) => (part.crashFreeUsers === null ? 0 : part.totalUsers));
  const freeUsers = sum((part) => ((part.crashFreeUsers ?? 0) / 100) * part.totalUsers);
  const [single] = parts;
  return {
    sessions,
    users: sum((part) => part.totalUsers),
    crashed,
    errored: sum((part) => part.sessionsErrored),
    // Of one project as the server counts it.
    crashFreeSessions:
      parts.length === 1 && single !== undefined
        ? shareOf(single.crashFreeSessions)
        : ratio(sessions - crashed, sessions),
    crashFreeUsers: ratio(freeUsers, users),
    adoption: ratio(
      sum((part) => part.totalSessions24h),
      sum((part) => part.totalProjectSessions24h),
    ),
    trend: addUp(parts.map(({ stats }) => Object.values(stats)[0]?.map(([, count]) => count) ?? [])),
  };
}

function shareOf(percent: number | null): number | null {
  return percent === null ? null : percent / 100;
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function addUp(rows: readonly (readonly number[])[]): readonly number[] {
  const longest = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: longest }, (_, place) => rows.reduce((sum, row) => sum + (row[place] ?? 0), 0));
}

/** How far a release has come: as far as in the project where it came furthest. */
export function stageOf(release: Release): AdoptionStage | null {
  const stages = Object.values(release.adoptionStages ?? {}).map(({ stage }) => stage);
  const order: readonly AdoptionStage[] = ["adopted", "replaced", "low_adoption"];
  return order.find((stage) => stages.includes(stage)) ?? null;
}

/** When it came out, as well as that is known. */
export function releasedAt(release: Pick<Release, "dateReleased" | "firstEvent" | "dateCreated">): string {
  return release.dateReleased ?? release.firstEvent ?? release.dateCreated;
}

/** The release before one of a list that has the newest first: of the same package, in a common project. */
export function earlierOf(releases: readonly Release[], place: number): Release | null {
  const release = releases[place];
  if (release === undefined) return null;
  const ids = release.projects.map(({ id }) => id);
  const isSame = (other: Release) =>
    other.versionInfo.package === release.versionInfo.package &&
    other.projects.some(({ id }) => ids.includes(id));
  return releases.slice(place + 1).find(isSame) ?? null;
}

/** With the package, where there is one: several services may be on screen. */
export function releaseName(version: string): string {
  const [name] = version.split("@");
  return name === undefined || name === version
    ? formatRelease(version)
    : `${name} ${formatRelease(version)}`;
}

/** The last deploy into each environment, the newest first; of some environments only, if any are named. */
export function lastDeploys(deploys: readonly Deploy[], environments?: readonly string[]): readonly Deploy[] {
  const sorted = deploys.toSorted((a, b) => Date.parse(b.dateFinished) - Date.parse(a.dateFinished));
  const seen = new Set<string>();
  return sorted.filter(({ environment }) => {
    const isAsked = environments === undefined || environments.includes(environment);
    if (!isAsked || seen.has(environment)) return false;
    seen.add(environment);
    return true;
  });
}

export function authorName(author: Author | null): string {
  return author?.name || author?.email || "?";
}

/** The first line of a commit's message. */
export function subjectOf(message: string): string {
  return message.trimStart().split("\n")[0]?.trimEnd() ?? "";
}

/** What follows the first line. */
export function bodyOf(message: string): string {
  const text = message.trimStart();
  const end = text.indexOf("\n");
  return end < 0 ? "" : text.slice(end).trim();
}

export function shortHash(hash: string): string {
  return /^[0-9a-f]{12,}$/i.test(hash) ? hash.slice(0, 8) : shortenId(hash);
}

type Host = "github" | "gitlab" | "gitea" | "other";

function hostOf(repository: Repository): Host {
  switch (repository.provider.id) {
    case "integrations:github":
      return "github";
    case "integrations:gitlab":
      return "gitlab";
    case "git":
      return "gitea";
    default:
      return "other";
  }
}

/** What people call the host, for "Open in …"; `null` where it is not known. */
export function hostName(repository: Repository): string | null {
  return hostOf(repository) === "other" ? null : repository.provider.name;
}

const COMMIT: Readonly<Record<Host, string>> = {
  github: "commit",
  gitlab: "-/commit",
  gitea: "commit",
  other: "commit",
};
const FILE: Readonly<Record<Host, string>> = {
  github: "blob",
  gitlab: "-/blob",
  gitea: "src/commit",
  other: "blob",
};

/** The page of a commit; `null` where nobody said where the repository is. */
export function commitUrl(repository: Repository | null, hash: string): string | null {
  const base = baseOf(repository);
  if (base === null || repository === null) return null;
  return `${base}/${COMMIT[hostOf(repository)]}/${encodeURIComponent(hash)}`;
}

/** The page of a file as it was in a commit. */
export function fileUrl(repository: Repository | null, hash: string, path: string): string | null {
  const base = baseOf(repository);
  if (base === null || repository === null) return null;
  const escaped = path.split("/").map(encodeURIComponent).join("/");
  return `${base}/${FILE[hostOf(repository)]}/${encodeURIComponent(hash)}/${escaped}`;
}

/** Anything but a page of the web would be a trap. */
function baseOf(repository: Repository | null): string | null {
  if (repository?.url == null || !/^https?:\/\//i.test(repository.url)) return null;
  return repository.url.replace(/\/+$/, "").replace(/\.git$/, "");
}

/** Which host a link to a line leads to, as its address tells. */
export function linkHost(url: string): "GitHub" | "GitLab" | "Gitea" | null {
  if (url.includes("/-/blob/")) return "GitLab";
  if (/\/src\/(commit|branch)\//.test(url)) return "Gitea";
  return /^https:\/\/([\w-]+\.)*github\./.test(url) ? "GitHub" : null;
}

/** Only links of the web are followed: others come from what people entered. */
export function webLink(url: string | null | undefined): string | null {
  return url != null && /^https?:\/\//i.test(url) ? url : null;
}

/** Whether a bundle was uploaded for the release; one with debug ids may be for none. */
export function isBundleOf(bundle: Bundle, version: string): boolean {
  return bundle.associations.some(({ release }) => release === version);
}

/** Whether a change is for the worse, where less is better. */
export function isWorse({ verdict, change }: Finding, before: number | null, after: number | null): boolean {
  if (verdict !== "significant") return false;
  return change === null ? (after ?? 0) > (before ?? 0) : change > 0;
}
