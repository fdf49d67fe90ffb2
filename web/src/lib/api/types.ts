/**
 * What the server answers, as far as this interface reads it. Written by hand until `openapi.json`
 * generates it; names and nullability follow the published shapes.
 */

/** ISO 8601 in UTC, ending in `Z`. */
export type Timestamp = string;

export interface User {
  readonly id: string;
  readonly name: string | null;
  readonly email: string;
}

export interface Actor {
  readonly type: "user" | "team";
  readonly id: string;
  readonly name: string;
  readonly email?: string;
}

export interface OrganizationSummary {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly role: string;
  readonly scopes: readonly string[];
}

export interface ProjectSummary {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly platform: string | null;
  /** Index into the ten series colours, the same for everyone. */
  readonly color: number;
  readonly firstEvent: Timestamp | null;
  /** Slug of the organisation it belongs to. */
  readonly organization: string;
  readonly environments: readonly string[];
}

export interface Bootstrap {
  readonly version: string;
  readonly user: User | null;
  /** `null` while nobody is logged in. */
  readonly csrfToken: string | null;
  readonly organizations: readonly OrganizationSummary[];
  readonly projects: readonly ProjectSummary[];
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

export interface StatusDetails {
  readonly inRelease?: string;
  readonly inNextRelease?: boolean;
  readonly ignoreUntil?: Timestamp | null;
  readonly ignoreCount?: number | null;
  readonly ignoreWindow?: number | null;
  readonly ignoreUserCount?: number | null;
  readonly ignoreUserWindow?: number | null;
  readonly autoResolved?: boolean;
}

export interface IssueMetadata {
  readonly type?: string;
  readonly value?: string;
  readonly title?: string;
  readonly filename?: string;
  readonly function?: string;
}

export interface Issue {
  readonly id: string;
  readonly shortId: string;
  readonly title: string;
  readonly culprit: string | null;
  readonly level: Level;
  readonly status: IssueStatus;
  readonly statusDetails: StatusDetails;
  readonly substatus: string | null;
  readonly isBookmarked: boolean;
  readonly isSubscribed: boolean;
  readonly hasSeen: boolean;
  readonly isUnhandled: boolean;
  readonly platform: string | null;
  readonly project: {
    readonly id: string;
    readonly name: string;
    readonly slug: string;
    readonly platform: string | null;
  };
  readonly metadata: IssueMetadata;
  readonly numComments: number;
  readonly assignedTo: Actor | null;
  readonly priority: "high" | "medium" | "low" | null;
  /** Events in the asked window, as decimal text. */
  readonly count: string;
  readonly userCount: number;
  readonly firstSeen: Timestamp;
  readonly lastSeen: Timestamp;
  readonly stats?: Readonly<Record<string, readonly StatsPoint[]>>;
  readonly lifetime?: { readonly count: string; readonly userCount: number } | null;
}

export interface ReleaseSummary {
  readonly version: string;
  readonly shortVersion?: string;
  readonly dateCreated?: Timestamp;
}

export interface Activity {
  readonly id: string;
  readonly user: User | null;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly dateCreated: Timestamp;
}

export interface IssueDetail extends Issue {
  readonly activity?: readonly Activity[];
  readonly firstRelease?: ReleaseSummary | null;
  readonly lastRelease?: ReleaseSummary | null;
  readonly userReportCount?: number;
}

export interface TagValue {
  readonly key?: string;
  readonly name: string;
  readonly value: string;
  readonly count: number;
  readonly firstSeen?: Timestamp;
  readonly lastSeen?: Timestamp;
}

export interface IssueTag {
  readonly key: string;
  readonly name: string;
  readonly uniqueValues?: number;
  readonly totalValues: number;
  readonly topValues: readonly TagValue[];
}

export interface SearchKey {
  readonly key: string;
  readonly kind: string;
  readonly description: string;
  readonly values?: readonly string[];
}

export interface IssueHash {
  readonly id: string;
}

/** What `PUT` of one or many issues takes. */
export interface IssueChange {
  readonly status?: "resolved" | "unresolved" | "ignored";
  readonly statusDetails?: {
    readonly inNextRelease?: boolean;
    readonly inRelease?: string;
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

export interface Member {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly user: User | null;
  readonly orgRole: string;
  readonly pending: boolean;
  readonly expired: boolean;
  readonly dateCreated: Timestamp;
  /** Only in the answer to an invitation: the page where the invited person chooses a password. */
  readonly inviteLink?: string;
}

export interface Team {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

export interface ProjectKey {
  readonly id: string;
  readonly name: string;
  readonly public: string;
  readonly isActive: boolean;
  readonly rateLimit: { readonly window: number; readonly count: number } | null;
  readonly dsn: { readonly public: string; readonly security?: string };
  readonly dateCreated: Timestamp;
  readonly lastUsed?: Timestamp | null;
}

export interface ProjectDetail {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly platform: string | null;
  readonly firstEvent: Timestamp | null;
  readonly dateCreated: Timestamp;
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
  readonly scrubEmails?: boolean;
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

export type ProjectChange = Partial<Omit<ProjectDetail, "id" | "dateCreated" | "firstEvent">>;

export interface InboundFilter {
  readonly id: string;
  readonly active: boolean | readonly string[];
}

export interface OutcomeStats {
  readonly start: Timestamp;
  readonly end: Timestamp;
  readonly intervals: readonly Timestamp[];
  readonly groups: readonly OutcomeGroup[];
}

export interface OutcomeGroup {
  readonly by: { readonly outcome?: string; readonly category?: string; readonly reason?: string };
  readonly totals: Readonly<Record<string, number>>;
  readonly series?: Readonly<Record<string, readonly number[]>>;
}

export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly dateCreated: Timestamp;
  readonly lastUsed: Timestamp | null;
  /** Only in the answer to its creation. */
  readonly token?: string;
}
