/**
 * What the server answers, as far as this interface reads it: named parts of the generated schema.
 * Written by hand is only what the schema leaves open, such as which texts a `status` can be; a name that
 * narrows a field extends the schema's, so that both must agree.
 */
import type { components } from "./schema.gen.ts";

type Schemas = components["schemas"];

/** The schema calls fields that can be `null` optional, but answers have them, save those marked below. */
type Written<T> = T extends readonly (infer One)[]
  ? readonly Written<One>[]
  : T extends object
    ? { readonly [Field in keyof T]-?: Written<T[Field]> }
    : T;

/** Some fields of what the schema calls `Name`. */
export type Part<Name extends keyof Schemas, Field extends keyof Schemas[Name]> = {
  readonly [Kept in Field]-?: Written<Exclude<Schemas[Name][Kept], undefined>>;
};

/** ISO 8601 in UTC, ending in `Z`. */
export type Timestamp = string;

export type User = Part<"PersonView", "id" | "name" | "email">;

export interface Actor extends Part<"Actor", "id" | "name" | "type"> {
  readonly type: "user" | "team";
  /** Left out for teams. */
  readonly email?: string;
}

export type OrganizationSummary = Written<Schemas["BootOrganization"]>;
export type ProjectSummary = Written<Schemas["BootProject"]>;

export interface Bootstrap extends Part<"Boot", "version" | "csrfToken" | "organizations" | "projects"> {
  readonly user: User | null;
}

export type Level = "sample" | "debug" | "info" | "warning" | "error" | "fatal";
export type IssueStatus =
  | "resolved"
  | "ignored"
  | "unresolved"
  | "pending_deletion"
  | "pending_merge"
  | "reprocessing";

export type StatsPoint = readonly [seconds: number, count: number];

/** The schema says no more than that it is an object. */
export interface StatusDetails {
  readonly inRelease?: string;
  readonly inNextRelease?: boolean;
  readonly inCommit?: { readonly commit: string; readonly repository: string };
  readonly ignoreUntil?: Timestamp | null;
  readonly ignoreCount?: number | null;
  readonly ignoreWindow?: number | null;
  readonly ignoreUserCount?: number | null;
  readonly ignoreUserWindow?: number | null;
  readonly autoResolved?: boolean;
}

/** The schema says no more than that it is an object: which names it has depends on the kind of event. */
export interface IssueMetadata {
  readonly type?: string;
  readonly value?: string;
  readonly title?: string;
  readonly filename?: string;
  readonly function?: string;
}

type IssueField =
  | "id"
  | "shortId"
  | "title"
  | "culprit"
  | "level"
  | "status"
  | "substatus"
  | "isBookmarked"
  | "isSubscribed"
  | "hasSeen"
  | "isUnhandled"
  | "platform"
  | "project"
  | "numComments"
  | "priority"
  | "count"
  | "userCount"
  | "firstSeen"
  | "lastSeen";

export interface Issue extends Part<"IssueView", IssueField> {
  readonly level: Level;
  readonly status: IssueStatus;
  readonly statusDetails: StatusDetails;
  readonly metadata: IssueMetadata;
  readonly assignedTo: Actor | null;
  readonly priority: "high" | "medium" | "low";
  /** Left out when the question collapses it. */
  readonly stats?: Readonly<Record<string, readonly StatsPoint[]>>;
}

export type ReleaseSummary = Part<"ReleaseView", "version">;

export interface Activity extends Part<"ActivityView", "id" | "type" | "dateCreated"> {
  readonly user: User | null;
  /** Depends on the type. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface IssueDetail extends Issue {
  readonly firstRelease: ReleaseSummary | null;
  readonly lastRelease: ReleaseSummary | null;
}

export type TagValue = Part<"TagValue", "key" | "name" | "value" | "count" | "firstSeen" | "lastSeen">;
export type TagSummary = Part<"TagSummary", "key">;
export type IssueTag = Part<"Tag", "key" | "name" | "uniqueValues" | "totalValues" | "topValues">;
export type SearchKey = Written<Schemas["SearchKey"]>;
export type IssueHash = Part<"HashView", "id" | "mergedFrom">;

/** What `PUT` of one or many issues takes. The schema takes any object. */
export interface IssueChange {
  readonly status?: "resolved" | "unresolved" | "ignored";
  readonly statusDetails?: {
    readonly inNextRelease?: boolean;
    readonly inRelease?: string;
    readonly inCommit?: { readonly commit: string; readonly repository: string };
    /** In minutes, as are the windows. */
    readonly ignoreDuration?: number;
    readonly ignoreCount?: number;
    readonly ignoreWindow?: number | undefined;
    readonly ignoreUserCount?: number;
    readonly ignoreUserWindow?: number | undefined;
  };
  readonly substatus?: string;
  /** `user:1`, `team:7`, or empty to clear. */
  readonly assignedTo?: string;
  readonly isBookmarked?: boolean;
  readonly isSubscribed?: boolean;
  readonly hasSeen?: boolean;
  readonly priority?: "high" | "medium" | "low";
  readonly merge?: 1;
  readonly discard?: boolean;
}

export interface Member
  extends Part<"MemberView", "id" | "email" | "name" | "orgRole" | "pending" | "expired" | "dateCreated"> {
  readonly user: User | null;
  /** Only in the answer to an invitation: the page where the invited person chooses a password. */
  readonly inviteLink?: string;
}

export type Team = Part<"TeamView", "id" | "slug" | "name">;

export interface ProjectKey
  extends Part<"KeyView", "id" | "name" | "public" | "isActive" | "rateLimit" | "dateCreated" | "lastUsed"> {
  readonly dsn: Part<"DsnView", "public" | "security">;
}

export type KeyChange = Schemas["KeyBody"];

/** The settings are objects without a shape in the schema, as each has a name of Sentry's. */
export interface ProjectDetail
  extends Part<"ProjectView", "id" | "slug" | "name" | "platform" | "firstEvent" | "dateCreated" | "access"> {
  readonly resolveAge: number;
  readonly allowedDomains: readonly string[];
  readonly dataScrubber: boolean;
  readonly dataScrubberDefaults: boolean;
  readonly scrubIPAddresses: boolean;
  readonly sensitiveFields: readonly string[];
  readonly safeFields: readonly string[];
  readonly relayPiiConfig: string | null;
  readonly groupingEnhancements: string;
  readonly fingerprintingRules: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Days that events are kept. */
  readonly retentionDays: number;
  readonly scrubEmails: boolean;
  readonly quotas: readonly Quota[];
}

/** What is over the limit is answered with 429 at the door. */
export interface Quota {
  /** None means all. */
  readonly categories: readonly string[];
  /** In seconds. */
  readonly window: number;
  readonly limit: number;
  readonly reason: string;
}

export type ProjectChange = Partial<Omit<ProjectDetail, "id" | "dateCreated" | "firstEvent" | "access">>;

export type InboundFilter = Schemas["FilterView"];

/** A switch, which is on or off, or a threshold. */
export interface DetectorSetting extends Part<"DetectorSetting", "name" | "unit" | "min" | "max"> {
  readonly unit: "switch" | "millis" | "bytes" | "count" | "share";
  readonly value: boolean | number;
  readonly default: boolean | number;
}

export interface Detector extends Part<"Detector", "id" | "title"> {
  readonly settings: readonly DetectorSetting[];
}

/** Settings by name; `null` is the default. */
export type DetectorChange = Readonly<Record<string, boolean | number | null>>;

export interface OutcomeStats extends Part<"StatsView", "start" | "end" | "intervals"> {
  readonly groups: readonly OutcomeGroup[];
}

/** In the schema objects with any names: they are those that the question asked for. */
export interface OutcomeGroup {
  readonly by: { readonly outcome?: string; readonly category?: string; readonly reason?: string };
  readonly totals: Readonly<Record<string, number>>;
  readonly series?: Readonly<Record<string, readonly number[]>>;
}

export interface ApiToken extends Part<"TokenView", "id" | "name" | "scopes" | "dateCreated" | "lastUsed"> {
  /** Only in the answer to its creation. */
  readonly token?: string;
}

export type SamplingSettings = Written<Schemas["SamplingSettings"]>;
export type SamplingRule = Written<Schemas["SamplingRule"]>;
export type SamplingView = Written<Schemas["SamplingView"]>;
export type SamplingPreview = Written<Schemas["SamplingPreview"]>;
export type PreviewedRule = Written<Schemas["PreviewedRule"]>;
