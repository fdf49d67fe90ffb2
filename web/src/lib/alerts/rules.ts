import type { CombinedRule } from "../api/rule-types.ts";

/** Sentry's number for a metric rule that is switched off. */
const DISABLED = 4;

export function isOn(rule: CombinedRule): boolean {
  return rule.type === "rule" ? rule.status === "active" : rule.status !== DISABLED;
}

/** Whether it comes from a file, and is changed there. */
export function isProvisioned(rule: CombinedRule): boolean {
  return rule.origin !== null && rule.origin !== "";
}
