import type { EventDetail } from "../../../../lib/api/event-types.ts";
import { t } from "../../../../lib/i18n.ts";
import { Card } from "../../../../ui/Card/Card.tsx";
import { KeyValues } from "../../../../ui/KeyValues/KeyValues.tsx";

/** A report that a browser sent about a violated policy. */
export function SecurityCard({ event }: { readonly event: EventDetail }) {
  for (const entry of event.entries) {
    switch (entry.type) {
      case "csp":
      case "hpkp":
      case "expectct":
      case "expectstaple":
        return (
          <Card title={t("security")}>
            <KeyValues entries={Object.entries(entry.data).map(([key, value]) => ({ key, value }))} />
          </Card>
        );
    }
  }
  return null;
}
