import type { MonitorConfig } from "../../lib/api/monitor-types.ts";
import { intervalOf, UNITS } from "../../lib/crons/monitor-draft.ts";
import { say } from "./text.ts";

/** When a job is due, in a few words. */
export function scheduleText({ schedule, timezone }: MonitorConfig): string {
  if (typeof schedule === "string") {
    return timezone === "UTC" || timezone === "" ? schedule : `${schedule} (${timezone})`;
  }
  const [count, unit] = intervalOf(schedule);
  const known = UNITS.find((one) => one === unit);
  return known === undefined ? `${count} ${unit}` : say(`every.${known}`, { count });
}
