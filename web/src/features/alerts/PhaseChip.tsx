import { say } from "../../lib/alerts/text.ts";
import { Chip } from "../../ui/Chip/Chip.tsx";

/** How a rule about a number stands. */
export function PhaseChip({ phase }: { readonly phase: string }) {
  switch (phase) {
    case "ok":
      return <Chip tone="ok">{say("phase.ok")}</Chip>;
    case "pending":
      return <Chip tone="info">{say("phase.pending")}</Chip>;
    case "warning":
      return <Chip tone="warn">{say("phase.warning")}</Chip>;
    case "critical":
      return <Chip tone="error">{say("phase.critical")}</Chip>;
    case "no_data":
      return <Chip>{say("phase.no_data")}</Chip>;
    default:
      return <Chip>{phase}</Chip>;
  }
}
