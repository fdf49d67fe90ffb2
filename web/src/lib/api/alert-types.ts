/**
 * Alerts, incidents, silences, channels and people on call: parts of the generated schema. Written by hand is
 * what the schema leaves open.
 */
import type { Comparison } from "./trace-types.ts";
import type { Part, Timestamp, User } from "./types.ts";

type Texts = Readonly<Record<string, string>>;

export type AlertSeverity = "critical" | "warning" | "info";

/** Facts about what an alert is about; each kind has some of them. */
export interface AlertFacts {
  readonly kind?: string;
  readonly project_slug?: string;
  readonly short_id?: string;
  readonly title?: string;
  readonly text?: string;
  readonly culprit?: string;
  readonly url?: string;
  readonly value?: number;
  readonly threshold?: number;
}

export interface Alert
  extends Part<
    "AlertView",
    "fingerprint" | "severity" | "isSymptom" | "rule" | "status" | "began" | "ended" | "updated"
  > {
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly state: "firing" | "ended";
  readonly about: AlertFacts | null;
}

/** What happened to an alert: it began, ended, was told, waits, or was not told, and why. */
export type AlertDecision = Part<
  "DecisionView",
  "id" | "at" | "fingerprint" | "rule" | "event" | "receiver" | "reason" | "sentence" | "notification"
>;

export interface AlertExplanation {
  readonly alert: Alert;
  readonly decisions: readonly AlertDecision[];
  readonly history: readonly AlertDecision[];
}

export interface DeliveryTarget {
  readonly kind: string;
  readonly to?: string;
  readonly channel?: string;
  readonly name?: string;
}

export type DeliveryAttempt = Part<"AttemptView", "at" | "status" | "answer" | "millis">;

export interface Delivery
  extends Part<"DeliveryView", "id" | "notification" | "state" | "attempts" | "due" | "created" | "closed"> {
  readonly target: DeliveryTarget;
  /** Only when one delivery is asked for. */
  readonly log?: readonly DeliveryAttempt[];
}

export interface Notification
  extends Part<
    "NotificationView",
    | "id"
    | "at"
    | "kind"
    | "receiver"
    | "thread"
    | "severity"
    | "title"
    | "alerts"
    | "resolved"
    | "lines"
    | "onCall"
    | "acted"
  > {
  readonly deliveries: readonly Delivery[];
}

export type NoiseNumbers = Part<
  "NoiseView",
  "raw" | "notified" | "acted" | "suppressed" | "compression" | "actionable"
>;

export interface NoiseReport extends Part<"NoiseReport", "messages"> {
  readonly all: NoiseNumbers;
  readonly rules: readonly (NoiseNumbers & { readonly rule: string | null; readonly name: string })[];
}

export type Silence = Part<
  "SilenceView",
  "id" | "matchers" | "startsAt" | "endsAt" | "createdBy" | "comment" | "status"
>;

export type SilenceDraft = Pick<Silence, "matchers" | "startsAt" | "endsAt" | "comment">;

/** Once, by a crontab, or every week. */
export interface MaintenanceWindow {
  readonly once?: readonly [Timestamp, Timestamp];
  readonly crontab?: string;
  readonly minutes?: number;
  readonly weekly?: readonly (readonly [string, string])[];
  readonly zone?: string;
}

export interface MaintenanceDraft {
  readonly name: string;
  readonly matchers: readonly string[];
  readonly window: MaintenanceWindow;
}

export interface Maintenance extends MaintenanceDraft {
  readonly id: string;
  readonly open: boolean;
}

export interface RotationLayer {
  readonly people: readonly string[];
  readonly starts: Timestamp;
  readonly zone: string;
  readonly handOver: string;
  readonly turnDays: number;
  readonly duty?: readonly (readonly [string, string])[];
}

export interface RotationOverride {
  readonly person: string;
  readonly from: Timestamp;
  readonly until: Timestamp;
}

export interface RotationDraft {
  readonly name: string;
  readonly layers: readonly RotationLayer[];
  readonly overrides: readonly RotationOverride[];
}

export interface Rotation extends RotationDraft {
  readonly id: string;
  readonly onCall: string | null;
}

export interface EscalationTarget {
  readonly channel?: string;
  readonly rotation?: string;
  readonly user?: string;
  readonly mail?: string;
}

export interface EscalationStep {
  readonly waitMinutes: number;
  readonly targets: readonly EscalationTarget[];
}

export interface EscalationDraft {
  readonly name: string;
  readonly repeats: number;
  readonly steps: readonly EscalationStep[];
}

export interface Escalation extends EscalationDraft {
  readonly id: string;
}

export interface Incident
  extends Part<
    "IncidentView",
    "id" | "title" | "assignee" | "began" | "opened" | "notified" | "resolved" | "symptoms" | "gathered"
  > {
  readonly state: "open" | "resolved";
  readonly acknowledged: { readonly by: string | User | null; readonly at: Timestamp } | null;
}

export interface TimelineEntry extends Part<"EntryView", "at" | "kind" | "author"> {
  readonly data: Readonly<Record<string, unknown>>;
}

export interface IncidentDetail extends Incident {
  readonly timeline: readonly TimelineEntry[];
  readonly alerts: readonly Alert[];
}

/** What people changed around an incident, and what stands out among what failed in it. */
export interface IncidentAround
  extends Part<"AroundView", "start" | "end" | "projects" | "deploys" | "flags"> {
  readonly failures: Comparison;
}

export interface IncidentMeasures {
  readonly incidents: number;
  readonly toDetectSeconds: number | null;
  readonly toAcknowledgeSeconds: number | null;
  readonly toResolveSeconds: number | null;
}

export type ChannelField = Part<"ChannelFieldView", "name" | "secret" | "required" | "url" | "about">;

export type ChannelKind = Part<"ChannelKindView", "kind" | "fields">;

export interface Channel
  extends Part<"ChannelView", "id" | "kind" | "name" | "secrets" | "dateCreated" | "dateChanged"> {
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface ChannelDraft {
  readonly kind: string;
  readonly name: string;
  readonly settings: Texts;
  readonly secrets: Readonly<Record<string, string | null>>;
}

export interface ChannelTest {
  readonly delivered: boolean;
  readonly status: number | null;
  readonly answer: string;
  readonly millis: number;
}

/** Routes of alerts from outside, in Alertmanager's form; null while there are none. */
export interface Routing {
  readonly route?: unknown;
  readonly [part: string]: unknown;
}
