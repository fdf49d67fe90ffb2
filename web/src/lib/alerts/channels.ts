import type { Channel, ChannelDraft, ChannelField, ChannelKind } from "../api/alert-types.ts";

const NAMES: Readonly<Record<string, string>> = {
  mail: "E-mail",
  slack: "Slack",
  pagerduty: "PagerDuty",
  jira: "Jira",
  alertmanager: "Alertmanager",
  msteams: "Microsoft Teams",
  discord: "Discord",
  telegram: "Telegram",
  mattermost: "Mattermost",
  opsgenie: "Opsgenie",
  webhook: "Webhook",
};

export function kindName(kind: string): string {
  return NAMES[kind] ?? kind;
}

/** `webhook_url` as `Webhook URL`. */
export function fieldName(name: string): string {
  const words = name.replaceAll("_", " ").replace(/\b(url|id)\b/g, (word) => word.toUpperCase());
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

/** What is typed into the form of a channel, by the names of its fields. */
export type ChannelValues = Readonly<Record<string, string>>;

/** Secrets are never shown again: their fields begin empty. */
export function valuesOf(channel: Channel | null): ChannelValues {
  if (channel === null) return {};
  const texts = Object.entries(channel.settings).map(([name, value]) => [name, shown(value)] as const);
  return Object.fromEntries(texts);
}

function shown(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** What is sent: secrets that were not typed stay as they are, those that are to go are said to be nothing. */
export function channelDraft(
  kind: ChannelKind,
  name: string,
  values: ChannelValues,
  removed: readonly string[],
): ChannelDraft {
  const said = (field: ChannelField) => (values[field.name] ?? "").trim();
  const settings: Record<string, string> = {};
  const secrets: Record<string, string | null> = {};
  for (const field of kind.fields) {
    const value = said(field);
    if (field.secret && removed.includes(field.name)) secrets[field.name] = null;
    else if (value !== "" && field.secret) secrets[field.name] = value;
    else if (value !== "") settings[field.name] = value;
  }
  return { kind: kind.kind, name: name.trim(), settings, secrets };
}

/** Fields that are needed and neither typed nor set before. */
export function missingFields(
  kind: ChannelKind,
  values: ChannelValues,
  known: readonly string[],
): readonly string[] {
  return kind.fields
    .filter(({ name, required, secret }) => {
      const isSet = (values[name] ?? "").trim() !== "" || (secret && known.includes(name));
      return required && !isSet;
    })
    .map(({ name }) => name);
}
