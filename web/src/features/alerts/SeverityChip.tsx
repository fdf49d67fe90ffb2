import { CircleAlert, Info, OctagonAlert, TriangleAlert } from "lucide-react";
import { say } from "../../lib/alerts/text.ts";
import { Chip } from "../../ui/Chip/Chip.tsx";

const SIZE = 12;

/** How bad it is: shape, colour and name. */
export function SeverityChip({ severity }: { readonly severity: string }) {
  switch (severity) {
    case "page":
    case "critical":
      return (
        <Chip tone="error">
          <OctagonAlert size={SIZE} aria-hidden="true" />
          {say(severity === "page" ? "severity.page" : "severity.critical")}
        </Chip>
      );
    case "warning":
      return (
        <Chip tone="warn">
          <TriangleAlert size={SIZE} aria-hidden="true" />
          {say("severity.warning")}
        </Chip>
      );
    case "info":
      return (
        <Chip tone="info">
          <Info size={SIZE} aria-hidden="true" />
          {say("severity.info")}
        </Chip>
      );
    default:
      return (
        <Chip>
          <CircleAlert size={SIZE} aria-hidden="true" />
          {severity}
        </Chip>
      );
  }
}
