/**
 * Releases and what belongs to them: their health, commits, deploys and uploads, and where their code lies.
 * Parts of the generated schema; written by hand is what the schema leaves open, or calls by a name that
 * something else has too.
 */
import type { Part, Timestamp } from "./types.ts";

/** A member, or whoever wrote a commit by their name and address. */
export interface Author {
  readonly name?: string | null;
  readonly email?: string | null;
}

export interface Repository
  extends Part<"RepositoryView", "id" | "name" | "url" | "dateCreated" | "hasWebhook"> {
  /** The ids are what clients make addresses by: `integrations:github`, `git`. */
  readonly provider: { readonly id: string; readonly name: string };
}

export interface PullRequest extends Part<"PullRequestView", "id" | "title" | "externalUrl"> {
  readonly status: "merged" | "closed" | "open";
}

export interface Commit extends Part<"CommitView", "id" | "message" | "dateCreated"> {
  readonly author: Author | null;
  readonly repository: Repository | null;
  readonly pullRequest: PullRequest | null;
}

/** A commit that may have caused an issue. */
export interface Suspect extends Commit {
  /** From 0 to 1; only to compare with others. */
  readonly score: number;
  /** Files of the stack trace that it changed, the most telling one first. */
  readonly files: readonly string[];
}

export interface Committer {
  readonly author: Author | null;
  readonly commits: readonly Suspect[];
}

export interface CommitFile
  extends Part<"CommitFileView", "id" | "commitId" | "commitMessage" | "filename" | "repoName"> {
  readonly author: Author | null;
  /** Added, modified, deleted. */
  readonly type: "A" | "M" | "D";
}

export type Deploy = Part<
  "DeployView",
  "id" | "environment" | "name" | "url" | "dateStarted" | "dateFinished"
>;

type HealthField =
  | "hasHealthData"
  | "crashFreeUsers"
  | "crashFreeSessions"
  | "totalUsers"
  | "totalSessions"
  | "sessionsCrashed"
  | "sessionsErrored"
  | "totalSessions24h"
  | "totalProjectSessions24h";

/** Rates are per cent, `null` of nothing. */
export interface ProjectHealth extends Part<"HealthData", HealthField> {
  /** Sessions by hour as `[seconds, number]`, under the name of the time that was asked for. */
  readonly stats: Readonly<Record<string, readonly (readonly [seconds: number, count: number])[]>>;
}

export interface ReleaseProject extends Part<"ReleaseProject", "id" | "slug" | "name" | "newGroups"> {
  readonly hasHealthData: boolean;
  /** Left out when the question does not ask for it. */
  readonly healthData?: ProjectHealth;
}

export type AdoptionStage = "low_adoption" | "adopted" | "replaced";

type ReleaseField =
  | "version"
  | "ref"
  | "url"
  | "dateCreated"
  | "dateReleased"
  | "dateStarted"
  | "newGroups"
  | "commitCount"
  | "deployCount"
  | "firstEvent"
  | "lastEvent";

export interface Release extends Part<"ReleaseView", ReleaseField> {
  readonly status: "open" | "archived";
  readonly versionInfo: { readonly package: string | null; readonly description: string };
  readonly authors: readonly Author[];
  readonly lastCommit: Commit | null;
  readonly lastDeploy: Deploy | null;
  readonly projects: readonly ReleaseProject[];
  /** By project; nothing when the question does not ask for it. */
  readonly adoptionStages: Readonly<Record<string, { readonly stage: AdoptionStage }>> | null;
}

/** What can be changed of a release here. The schema takes any object. */
export interface ReleaseChange {
  readonly status: "open" | "archived";
}

export const SESSION_STATUSES = ["healthy", "errored", "abnormal", "unhandled", "crashed"] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

/** Numbers by the names of the fields that were asked for; rates of nothing are `null`. */
export interface SessionsGroup {
  readonly by: { readonly release?: string; readonly "session.status"?: SessionStatus };
  readonly totals: Readonly<Record<string, number | null>>;
  readonly series: Readonly<Record<string, readonly (number | null)[]>>;
}

export interface Sessions extends Part<"SessionsView", "start" | "end" | "intervals"> {
  readonly groups: readonly SessionsGroup[];
}

export interface Finding extends Part<"Finding", "change" | "p"> {
  readonly verdict: "significant" | "noise" | "tooFew";
}

export interface EndpointCompared extends Part<"EndpointCompared", "projectId" | "transaction" | "op"> {
  readonly before: EndpointSide | null;
  readonly after: EndpointSide | null;
  readonly failures: Finding;
  readonly duration: Finding;
}

export type EndpointSide = Part<"EndpointSide", "count" | "failureRate" | "p50" | "p95">;
export type NumberSide = Part<"NumberSide", "count" | "value">;

export interface NumberCompared extends Part<"NumberCompared", "name"> {
  readonly before: NumberSide;
  readonly after: NumberSide;
  readonly change: Finding;
}

/** By hand: the schema has two things of the name `Comparison`, and describes the other. */
export interface ReleaseComparison {
  readonly version: string;
  readonly previous: string | null;
  readonly start: Timestamp;
  readonly end: Timestamp;
  readonly newIssues: number;
  readonly endpoints: readonly EndpointCompared[];
  readonly vitals: readonly NumberCompared[];
  readonly measurements: readonly NumberCompared[];
}

export type Bundle = Part<
  "BundleView",
  "bundleId" | "associations" | "date" | "dateModified" | "dateLastUsed" | "fileCount" | "size"
>;
export type BundleFile = Part<
  "BundleFileView",
  "id" | "filePath" | "url" | "fileType" | "fileSize" | "debugId" | "sourcemap"
>;
export type DebugFile = Part<
  "DebugFileView",
  "id" | "debugId" | "cpuName" | "objectName" | "symbolType" | "size" | "dateCreated"
>;
export type ReleaseFile = Part<"ReleaseFileView", "id" | "name" | "dist" | "size" | "dateCreated">;

export type CodeMapping = Part<
  "CodeMappingView",
  | "id"
  | "projectId"
  | "projectSlug"
  | "repoId"
  | "repoName"
  | "stackRoot"
  | "sourceRoot"
  | "sourceUrl"
  | "defaultBranch"
>;

/** What a code mapping is to be. The schema takes any object. */
export interface CodeMappingChange {
  readonly projectId: string;
  readonly repositoryId: string;
  readonly stackRoot: string;
  readonly sourceRoot: string;
  readonly defaultBranch: string;
}

/** Where the line of a frame is to be seen, or why nowhere. */
export interface SourceLink extends Part<"LinkView", "sourceUrl"> {
  readonly config: { readonly repoName: string | null; readonly sourcePath: string } | null;
  readonly error?: string;
}

/** What to enter in GitHub, GitLab or Gitea; told once. */
export type Webhook = Part<"HookView", "url" | "secret">;

export interface BuildToken
  extends Part<"OrgTokenView", "id" | "name" | "tokenLastCharacters" | "dateCreated" | "dateLastUsed"> {
  /** Only in the answer to its creation. */
  readonly token?: string;
}

/** That a feature flag was made, changed or deleted. Source: Sentry's `flags/logs`. */
export interface FlagChange {
  readonly id?: string | number;
  readonly action: "created" | "updated" | "deleted";
  readonly flag: string;
  readonly createdAt: Timestamp;
  readonly provider?: string | null;
  readonly createdBy?: string | null;
}

/** A flag whose values are more frequent among the events of an issue. Source: Sentry's `suspect/flags`. */
export interface SuspectFlag {
  readonly flag: string;
  readonly score: number;
  /** Whether it is no suspect after all. */
  readonly is_filtered?: boolean;
  /** The chance of it if the flag has nothing to do with the issue. */
  readonly p?: number | null;
  /** What became of it last before the issue began, the newest first. */
  readonly changes?: readonly FlagChange[];
  readonly distribution?: {
    /** Events of the issue by the flag's value. */
    readonly outliers?: Readonly<Record<string, number>>;
    /** Other events. */
    readonly baseline?: Readonly<Record<string, number>>;
  };
}
