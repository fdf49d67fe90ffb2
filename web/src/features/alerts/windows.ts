import { say } from "../../lib/alerts/text.ts";
import type { MaintenanceWindow } from "../../lib/api/alert-types.ts";
import { formatDateTime } from "../../lib/format.ts";

/** When a window is open, in words. */
export function windowText({ once, crontab, minutes, weekly, zone }: MaintenanceWindow): string {
  if (once !== undefined) return `${formatDateTime(once[0])} – ${formatDateTime(once[1])}`;
  const where = zone === undefined || zone === "" ? "UTC" : zone;
  if (crontab !== undefined) return say("window.crontab", { crontab, minutes: minutes ?? 0, zone: where });
  return `${(weekly ?? []).map(([from, until]) => `${from} – ${until}`).join(", ")} (${where})`;
}
