import { Chip } from "../../ui/Chip/Chip.tsx";
import { say } from "./text.ts";

/** How a monitor is in an environment, or how a run ended. */
export function StatusOf({ status }: { readonly status: string }) {
  switch (status) {
    case "ok":
      return <Chip tone="ok">{say("tick.ok")}</Chip>;
    case "error":
      return <Chip tone="error">{say("tick.error")}</Chip>;
    case "timeout":
      return <Chip tone="error">{say("tick.timeout")}</Chip>;
    case "missed":
    case "missed_checkin":
      return <Chip tone="warn">{say("tick.missed")}</Chip>;
    case "in_progress":
      return <Chip tone="info">{say("tick.in_progress")}</Chip>;
    case "active":
      return <Chip>{say("status.waiting")}</Chip>;
    case "disabled":
      return <Chip>{say("status.disabled")}</Chip>;
    default:
      return <Chip>{status}</Chip>;
  }
}
