/** Code that checks in, to be copied. */
import type { MonitorConfig } from "../api/monitor-types.ts";

export const SNIPPETS = ["cli", "curl", "python", "node", "go", "rust"] as const;
export type SnippetId = (typeof SNIPPETS)[number];

export interface Snippet {
  readonly language: string;
  readonly code: string;
}

interface Place {
  readonly slug: string;
  /** `https://key@host/1`. */
  readonly dsn: string;
  readonly config: MonitorConfig;
}

export function snippetOf(id: SnippetId, { slug, dsn, config }: Place): Snippet {
  switch (id) {
    case "cli":
      return {
        language: "bash",
        code: `export SENTRY_DSN=${dsn}\nsentry-cli monitors run ${slug} -- ./nightly-job.sh`,
      };
    case "curl":
      return { language: "bash", code: curl(slug, dsn) };
    case "python":
      return { language: "python", code: python(slug, dsn, config) };
    case "node":
      return { language: "javascript", code: node(slug, dsn, config) };
    case "go":
      return { language: "go", code: go(slug) };
    case "rust":
      return { language: "rust", code: rust(slug) };
  }
}

function curl(slug: string, dsn: string): string {
  const { protocol, host, username, pathname } = new URL(dsn);
  const url = `${protocol}//${host}/api${pathname}/cron/${slug}/${username}/`;
  return [
    `curl "${url}?status=in_progress"`,
    "./nightly-job.sh \\",
    `  && curl "${url}?status=ok" \\`,
    `  || curl "${url}?status=error"`,
  ].join("\n");
}

function python(slug: string, dsn: string, config: MonitorConfig): string {
  const schedule =
    typeof config.schedule === "string"
      ? `{"type": "crontab", "value": "${config.schedule}"}`
      : `{"type": "interval", "value": ${config.schedule[0]}, "unit": "${config.schedule[1]}"}`;
  return `import sentry_sdk
from sentry_sdk.crons import monitor

sentry_sdk.init(dsn="${dsn}")

@monitor(monitor_slug="${slug}", monitor_config={
    "schedule": ${schedule},
    "timezone": "${config.timezone}",
    "checkin_margin": ${config.checkin_margin ?? 1},
    "max_runtime": ${config.max_runtime ?? 30},
})
def nightly_job():
    ...`;
}

function node(slug: string, dsn: string, config: MonitorConfig): string {
  const schedule =
    typeof config.schedule === "string"
      ? `{ type: "crontab", value: "${config.schedule}" }`
      : `{ type: "interval", value: ${config.schedule[0]}, unit: "${config.schedule[1]}" }`;
  return `import * as Sentry from "@sentry/node";

Sentry.init({ dsn: "${dsn}" });

await Sentry.withMonitor("${slug}", () => nightlyJob(), {
  schedule: ${schedule},
  timezone: "${config.timezone}",
  checkinMargin: ${config.checkin_margin ?? 1},
  maxRuntime: ${config.max_runtime ?? 30},
});`;
}

function go(slug: string): string {
  return `id := sentry.CaptureCheckIn(&sentry.CheckIn{
	MonitorSlug: "${slug}",
	Status:      sentry.CheckInStatusInProgress,
}, nil)
nightlyJob()
sentry.CaptureCheckIn(&sentry.CheckIn{
	ID:          *id,
	MonitorSlug: "${slug}",
	Status:      sentry.CheckInStatusOK,
}, nil)`;
}

function rust(slug: string): string {
  return `use sentry::protocol::{Envelope, EnvelopeItem, MonitorCheckIn, MonitorCheckInStatus};

let check_in = MonitorCheckIn {
    check_in_id: sentry::types::random_uuid(),
    monitor_slug: "${slug}".to_owned(),
    status: MonitorCheckInStatus::Ok,
    environment: Some("production".to_owned()),
    duration: None,
    monitor_config: None,
};
let mut envelope = Envelope::new();
envelope.add_item(EnvelopeItem::from(check_in));
client.send_envelope(envelope);`;
}
