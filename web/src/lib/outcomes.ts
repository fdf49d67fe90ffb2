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
  key_quota: "reason.key_quota",
  project_quota: "reason.project_quota",
  too_large: "reason.too_large",
  duplicate: "reason.duplicate",
  discarded: "reason.discarded",
  "discarded-hash": "reason.discarded",
  disk_full: "reason.disk_full",
  "browser-extensions": "reason.inbound",
  localhost: "reason.inbound",
  "web-crawlers": "reason.inbound",
  "legacy-browsers": "reason.inbound",
  "filtered-transaction": "reason.inbound",
  "error-message": "reason.inbound",
  "release-version": "reason.inbound",
  "ip-address": "reason.inbound",
  cors: "reason.cors",
  before_send: "reason.before_send",
  sample_rate: "reason.sample_rate",
  event_processor: "reason.before_send",
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
  const key = REASONS[reason];
  if (key !== undefined) return t(key);
  return outcome === "invalid" ? t("reason.invalid") : "";
}
