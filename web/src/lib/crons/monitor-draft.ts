import type { Monitor, MonitorConfig, MonitorDraft, Schedule } from "../api/monitor-types.ts";

export const UNITS = ["minute", "hour", "day", "week", "month", "year"] as const;

export function newMonitorDraft(project: string): MonitorDraft {
  return {
    project,
    name: "",
    slug: "",
    owner: null,
    config: {
      schedule_type: "crontab",
      schedule: "0 3 * * *",
      checkin_margin: 1,
      max_runtime: 30,
      timezone: "UTC",
      failure_issue_threshold: 1,
      recovery_threshold: 1,
    },
  };
}

export function draftOfMonitor(monitor: Monitor): MonitorDraft {
  const { name, slug, owner, project, config } = monitor;
  return {
    project: project.slug,
    name,
    slug,
    owner: owner === null ? null : `${owner.type}:${owner.id}`,
    config,
  };
}

/** The same config by a crontab or by intervals, beginning with something sensible. */
export function withScheduleType(config: MonitorConfig, type: string): MonitorConfig {
  if (type === config.schedule_type) return config;
  if (type === "interval") return { ...config, schedule_type: "interval", schedule: [1, "hour"] };
  return { ...config, schedule_type: "crontab", schedule: "0 * * * *" };
}

/** Both halves of an interval. */
export function intervalOf(schedule: Schedule): readonly [count: number, unit: string] {
  return typeof schedule === "string" ? [1, "hour"] : schedule;
}

/** As the server makes one of a name that comes without. */
export function slugOf(name: string): string {
  const plain = name.trim().toLowerCase();
  return plain
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 50);
}
