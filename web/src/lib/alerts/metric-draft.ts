/** Rules about numbers, as forms. */
import type { Anomaly, MetricRule, MetricRuleDraft } from "../api/rule-types.ts";

/** Numbers that many people watch, and what stands for them. */
export interface Preset {
  readonly id: PresetId;
  readonly dataset: string;
  readonly aggregate: string;
}

export type PresetId =
  | "errors"
  | "users"
  | "failureRate"
  | "p95"
  | "throughput"
  | "apdex"
  | "crashFreeSessions"
  | "crashFreeUsers";

export const PRESETS: readonly Preset[] = [
  { id: "errors", dataset: "events", aggregate: "count()" },
  { id: "users", dataset: "events", aggregate: "count_unique(user)" },
  { id: "failureRate", dataset: "spans", aggregate: "failure_rate()" },
  { id: "p95", dataset: "spans", aggregate: "p95(span.duration)" },
  { id: "throughput", dataset: "spans", aggregate: "epm()" },
  { id: "apdex", dataset: "spans", aggregate: "apdex(300)" },
  {
    id: "crashFreeSessions",
    dataset: "sessions",
    aggregate: "percentage(sessions_crashed, sessions) AS _crash_rate_alert_aggregate",
  },
  {
    id: "crashFreeUsers",
    dataset: "sessions",
    aggregate: "percentage(users_crashed, users) AS _crash_rate_alert_aggregate",
  },
];

export const DATASETS = ["events", "spans", "transactions", "sessions"] as const;

export function presetOf({ dataset, aggregate }: Pick<MetricRuleDraft, "dataset" | "aggregate">) {
  return PRESETS.find((one) => one.dataset === dataset && one.aggregate === aggregate);
}

export function newMetricDraft(project: string): MetricRuleDraft {
  return {
    name: "",
    description: "",
    projects: project === "" ? [] : [project],
    owner: null,
    aggregate: "count()",
    dataset: "events",
    query: "",
    environment: null,
    timeWindow: 5,
    comparisonDelta: null,
    thresholdType: 0,
    resolveThreshold: null,
    triggers: [{ label: "critical", alertThreshold: 100, actions: [] }],
    detectionType: "static",
    anomaly: null,
    groupBy: [],
    forMinutes: 0,
    recoverMinutes: 0,
    noData: "keep",
    noDataMinutes: 5,
    symptom: false,
    causes: [],
    runbookUrl: null,
  };
}

/** A rule of the server as a form: what the server only answers is left out. */
export function draftOfMetricRule(rule: MetricRule): MetricRuleDraft {
  return {
    name: rule.name,
    description: rule.description,
    projects: rule.projects,
    owner: rule.owner,
    aggregate: rule.aggregate,
    dataset: rule.dataset,
    query: rule.query,
    environment: rule.environment,
    timeWindow: rule.timeWindow,
    comparisonDelta: rule.comparisonDelta,
    thresholdType: rule.thresholdType,
    resolveThreshold: rule.resolveThreshold,
    triggers: rule.triggers.map(({ label, alertThreshold, resolveThreshold, actions }) => ({
      label,
      alertThreshold,
      resolveThreshold: resolveThreshold ?? null,
      actions,
    })),
    detectionType: rule.detectionType,
    anomaly: rule.anomaly,
    groupBy: rule.groupBy,
    forMinutes: rule.forMinutes,
    recoverMinutes: rule.recoverMinutes,
    noData: rule.noData,
    noDataMinutes: rule.noDataMinutes,
    symptom: rule.symptom,
    causes: rule.causes,
    runbookUrl: rule.runbookUrl,
  };
}

const DAY_MINUTES = 1440;

/** What each way of telling unusual numbers begins with. */
export const ANOMALIES: Readonly<Record<Anomaly["kind"], Anomaly>> = {
  ratio: { kind: "ratio", share: "good", z: 5, inARow: 2, eventsMin: 20 },
  cusum: { kind: "cusum", share: "good", fall: 0.03, height: 12 },
  rtp: {
    kind: "rtp",
    staked: "bet",
    won: "payout",
    theory: 0.95,
    sigma: 5.2,
    warningZ: 4,
    criticalZ: 5,
    wagersMin: 1000,
  },
};

/** Against a number, against before, or against what is usual. */
export function withDetection(
  draft: MetricRuleDraft,
  detectionType: MetricRuleDraft["detectionType"],
): MetricRuleDraft {
  return {
    ...draft,
    detectionType,
    comparisonDelta: detectionType === "percent" ? (draft.comparisonDelta ?? DAY_MINUTES) : null,
    anomaly: detectionType === "dynamic" ? (draft.anomaly ?? ANOMALIES.ratio) : null,
  };
}

/** The threshold of a trigger; a warning that says nothing is no warning. */
export function withThreshold(
  draft: MetricRuleDraft,
  label: "critical" | "warning",
  alertThreshold: number | null,
): MetricRuleDraft {
  const known = draft.triggers.find((trigger) => trigger.label === label);
  const others = draft.triggers.filter((trigger) => trigger.label !== label);
  const changed = { ...(known ?? { label, actions: [] }), alertThreshold };
  const isGone = label === "warning" && alertThreshold === null;
  return {
    ...draft,
    triggers: [...(isGone ? [] : [changed]), ...others].toSorted((a, b) => a.label.localeCompare(b.label)),
  };
}

/** What is typed as a number; nothing for what is none. */
export function numberOf(text: string): number | null {
  const number = Number(text);
  return text.trim() === "" || Number.isNaN(number) ? null : number;
}
