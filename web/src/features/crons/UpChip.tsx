import type { Uptime } from "../../lib/api/monitor-types.ts";
import { Chip } from "../../ui/Chip/Chip.tsx";
import { say } from "./text.ts";

/** Whether an address answers as it should. */
export function UpChip({ check }: { readonly check: Pick<Uptime, "status" | "uptimeStatus" | "lastCheck"> }) {
  if (check.status === "disabled") return <Chip>{say("status.disabled")}</Chip>;
  if (check.uptimeStatus === 2) return <Chip tone="error">{say("down")}</Chip>;
  if (check.lastCheck === null) return <Chip>{say("status.waiting")}</Chip>;
  return <Chip tone="ok">{say("up")}</Chip>;
}
