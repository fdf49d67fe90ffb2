/**
 * Rules of alerts: parts of the generated schema. Written by hand is what the schema leaves open, such as the
 * parts of a rule and which texts a field can be.
 */
import type { Part, Timestamp } from "./types.ts";

/** A condition, filter or action: its name, and settings beside it. */
export interface RulePart {
  readonly id: string;
  readonly [setting: string]: unknown;
}

export type Quantifier = "all" | "any" | "none";

/** `frequency`: minutes between two messages about one issue. */
export interface IssueRuleDraft
  extends Part<"RuleView", "name" | "environment" | "owner" | "frequency" | "isSymptom" | "causes"> {
  readonly actionMatch: Quantifier;
  readonly filterMatch: Quantifier;
  readonly conditions: readonly RulePart[];
  readonly filters: readonly RulePart[];
  readonly actions: readonly RulePart[];
}

/** `origin`: the provisioning file it comes from; it is changed there. */
export interface IssueRule
  extends IssueRuleDraft,
    Part<
      "RuleView",
      "id" | "projects" | "snooze" | "snoozeUntil" | "dateCreated" | "createdBy" | "lastTriggered" | "origin"
    > {
  readonly status: "active" | "disabled";
}

export interface RuleTemplate {
  readonly id: string;
  readonly name: string;
  readonly about: string;
  readonly rule: Partial<IssueRuleDraft>;
}

export interface Choice {
  readonly id: string;
  readonly label: string;
}

export interface RuleConfiguration {
  readonly conditions: readonly Choice[];
  readonly filters: readonly Choice[];
  readonly actions: readonly Choice[];
  readonly attributes: readonly string[];
  readonly matches: readonly Choice[];
  readonly intervals: readonly string[];
  readonly levels: readonly Choice[];
}

export interface IssueRulePreview {
  readonly days: number;
  readonly count: number;
  readonly issues: number;
  readonly isEstimate: boolean;
  readonly notes: readonly string[];
  readonly perDay: readonly { readonly day: string; readonly count: number }[];
  readonly firings: readonly {
    readonly at: Timestamp;
    readonly reason: string;
    readonly issue: { readonly id: string; readonly shortId: string; readonly title: string };
    readonly eventId: string | null;
  }[];
}

export interface MetricAction {
  readonly type: string;
  readonly targetType?: string | null;
  readonly targetIdentifier?: string | null;
  readonly [setting: string]: unknown;
}

export interface MetricTrigger {
  readonly label: "critical" | "warning";
  readonly alertThreshold: number | null;
  readonly resolveThreshold?: number | null;
  readonly actions: readonly MetricAction[];
}

/** How something unusual is told from what is usual. */
export interface Anomaly {
  readonly kind: "ratio" | "cusum" | "rtp";
  readonly [setting: string]: unknown;
}

/** All times are minutes. */
export interface MetricRuleDraft
  extends Part<
    "MetricRuleView",
    | "name"
    | "description"
    | "projects"
    | "owner"
    | "aggregate"
    | "dataset"
    | "query"
    | "environment"
    | "timeWindow"
    | "comparisonDelta"
    | "resolveThreshold"
    | "groupBy"
    | "forMinutes"
    | "recoverMinutes"
    | "noDataMinutes"
    | "symptom"
    | "causes"
    | "runbookUrl"
  > {
  readonly thresholdType: 0 | 1;
  readonly triggers: readonly MetricTrigger[];
  readonly detectionType: "static" | "percent" | "dynamic";
  readonly anomaly: Anomaly | null;
  readonly noData: "keep" | "ok" | "alert";
}

/** `origin`: empty, or the provisioning file it comes from. */
export interface MetricRule
  extends MetricRuleDraft,
    Part<
      "MetricRuleView",
      "id" | "status" | "enabled" | "origin" | "dateCreated" | "lastTriggered" | "phase" | "warnings"
    > {}

export type CombinedRule =
  | (IssueRule & { readonly type: "rule" })
  | (MetricRule & { readonly type: "alert_rule" });

export type MetricPoint = readonly [seconds: number, value: number | null];

export interface MetricPreviewSeries {
  readonly group: Readonly<Record<string, string>>;
  readonly points: readonly MetricPoint[];
  readonly fired: readonly {
    readonly start: Timestamp;
    readonly end: Timestamp | null;
    readonly severity: string;
  }[];
}

export interface MetricPreview
  extends Part<"MetricPreviewView", "start" | "end" | "stepMinutes" | "firedCount" | "isCut" | "problem"> {
  readonly series: readonly MetricPreviewSeries[];
}

interface MetricStateSeries
  extends Part<"MetricSeriesView", "id" | "phase" | "since" | "value" | "measured" | "problem"> {
  readonly group: Readonly<Record<string, string>>;
  readonly points: readonly MetricPoint[];
}

export interface MetricState extends Part<"MetricStateView", "isCut"> {
  readonly series: readonly MetricStateSeries[];
}
