import { type MessageKey, t } from "./i18n.ts";

const CATEGORIES: Readonly<Record<string, MessageKey>> = {
  error: "category.error",
  default: "category.error",
  security: "category.security",
  attachment: "category.attachment",
  attachment_item: "category.attachment",
  transaction: "category.transaction",
  span: "category.span",
  log_item: "category.log_item",
  log_byte: "category.log_byte",
  session: "category.session",
  replay: "category.replay",
  profile: "category.profile",
  monitor: "category.monitor",
  feedback: "category.feedback",
  user_report_v2: "category.feedback",
};

const OUTCOMES: Readonly<Record<string, MessageKey>> = {
  filtered: "outcome.filtered",
  rate_limited: "outcome.rate_limited",
  invalid: "outcome.invalid",
  abuse: "outcome.abuse",
  client_discard: "outcome.client_discard",
  cardinality_limited: "outcome.cardinality_limited",
};

const REASONS: Readonly<Record<string, MessageKey>> = {
  quota_exceeded: "reason.quota",
  key_quota: "reason.key_quota",
  project_quota: "reason.quota",
  disk_full: "reason.disk_full",
  attachment_disk_full: "reason.disk_full",
  too_large: "reason.too_large",
  request_too_large: "reason.too_large",
  nesting_too_deep: "reason.too_deep",
  duplicate: "reason.duplicate",
  discarded: "reason.discarded",
  "discarded-hash": "reason.discarded",
  project_id: "reason.project",
  project_state: "reason.project",
  "browser-extensions": "reason.inbound",
  "chunk-load-error": "reason.inbound",
  "error-message": "reason.inbound",
  "filtered-transaction": "reason.inbound",
  "invalid-csp": "reason.inbound",
  "ip-address": "reason.inbound",
  "legacy-browsers": "reason.inbound",
  localhost: "reason.inbound",
  "react-hydration-errors": "reason.inbound",
  "release-version": "reason.inbound",
  "web-crawlers": "reason.inbound",
  cors: "reason.cors",
  before_send: "reason.before_send",
  event_processor: "reason.before_send",
  sample_rate: "reason.sample_rate",
  ratelimit_backoff: "reason.backoff",
  queue_overflow: "reason.queue_overflow",
  network_error: "reason.network_error",
};

/** Kinds of data in words; kinds we do not know keep the server's name. */
export function categoryName(category: string): string {
  const key = CATEGORIES[category];
  return key === undefined ? category : t(key);
}

export function outcomeName(outcome: string): string {
  const key = OUTCOMES[outcome];
  return key === undefined ? outcome : t(key);
}

/** What a reason means and what can be done; empty when the name has to do. */
export function reasonText(outcome: string, reason: string): string {
  // Some reasons say more behind a colon: `too_large:attachment`.
  const key = REASONS[reason] ?? REASONS[reason.split(":")[0] ?? ""];
  if (key !== undefined) return t(key);
  return outcome === "invalid" ? t("reason.invalid") : "";
}
