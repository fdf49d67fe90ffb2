/**
 * Monitors of jobs and of addresses: parts of the generated schema. Written by hand is what the schema leaves
 * open, or calls by a name that something else has too.
 */
import type { Actor, Part, Timestamp } from "./types.ts";

export type Schedule = string | readonly [count: number, unit: string];

export interface MonitorConfig {
  readonly schedule_type: "crontab" | "interval";
  readonly schedule: Schedule;
  /** Minutes, as is the longest run. */
  readonly checkin_margin: number | null;
  readonly max_runtime: number | null;
  readonly timezone: string;
  readonly failure_issue_threshold: number | null;
  readonly recovery_threshold: number | null;
}

export interface MonitorEnvironment
  extends Part<
    "MonitorEnvironmentView",
    "name" | "status" | "isMuted" | "lastCheckIn" | "nextCheckIn" | "nextCheckInLatest"
  > {
  readonly activeIncident: {
    readonly startingTimestamp: Timestamp;
    readonly issue: { readonly id: string; readonly shortId: string } | null;
  } | null;
}

/** `isUpserting`: whether code says what it is, with each check-in. */
export interface Monitor
  extends Part<"MonitorView", "id" | "slug" | "name" | "isMuted" | "isUpserting" | "dateCreated"> {
  readonly status: "active" | "disabled";
  readonly config: MonitorConfig;
  readonly owner: Actor | null;
  readonly project: Part<"ProjectView", "id" | "slug" | "name">;
  readonly environments: readonly MonitorEnvironment[];
}

export interface MonitorDraft {
  readonly project: string;
  readonly name: string;
  readonly slug: string;
  readonly owner: string | null;
  readonly config: MonitorConfig;
}

/** `duration`: milliseconds. */
export interface CheckIn
  extends Part<
    "CheckInView",
    "id" | "environment" | "status" | "duration" | "dateCreated" | "dateAdded" | "expectedTime"
  > {
  readonly groups: readonly { readonly id: number; readonly shortId: string }[];
}

/** How many check-ins ended in which way, by environment. */
export type CheckInCounts = Readonly<Record<string, number>>;
export type TimelineBucket = readonly [
  seconds: number,
  environments: Readonly<Record<string, CheckInCounts>>,
];

export interface ProcessingError {
  readonly id: string;
  readonly type: string;
  readonly slug: string;
  readonly environment: string;
  readonly dateCreated: Timestamp;
  readonly detail: string;
}

export interface UptimeDraft
  extends Part<
    "UptimeView",
    | "name"
    | "url"
    | "method"
    | "environment"
    | "intervalSeconds"
    | "timeoutMs"
    | "expectedStatus"
    | "expectedBody"
    | "latencyMaxMs"
    | "certificateDaysMin"
    | "downtimeThreshold"
    | "recoveryThreshold"
  > {
  readonly kind: "http" | "tcp";
  readonly owner: string | null;
  readonly redirects: "follow" | "refuse";
  /** Left out, they stay as they are; their values are never shown again. */
  readonly headers?: readonly (readonly [string, string])[];
}

export interface Uptime
  extends Omit<UptimeDraft, "owner">,
    Part<
      "UptimeView",
      | "id"
      | "projectSlug"
      | "isMuted"
      | "certificateExpires"
      | "certificateDaysLeft"
      | "lastCheck"
      | "nextCheck"
      | "lastReason"
    > {
  readonly owner: Actor | null;
  readonly status: "active" | "disabled";
  /** 1 is up, 2 is down. */
  readonly uptimeStatus: number;
}

export type UptimeResult = Part<
  "UptimeCheckView",
  | "uptimeCheckId"
  | "timestamp"
  | "checkStatus"
  | "checkStatusReason"
  | "httpStatusCode"
  | "durationMs"
  | "traceId"
>;

export type UptimeBucket = readonly [
  seconds: number,
  counts: { readonly success: number; readonly failure: number; readonly p95Ms: number | null },
];
