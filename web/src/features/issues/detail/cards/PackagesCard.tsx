import { useState } from "react";
import type { EventDetail } from "../../../../lib/api/event-types.ts";
import { t } from "../../../../lib/i18n.ts";
import { Button } from "../../../../ui/Button/Button.tsx";
import { Card } from "../../../../ui/Card/Card.tsx";
import { KeyValues } from "../../../../ui/KeyValues/KeyValues.tsx";

/** Libraries of the app; often hundreds, so they are shown when asked for. */
export function PackagesCard({ event }: { readonly event: EventDetail }) {
  const [isOpen, setOpen] = useState(false);
  const entries = Object.entries(event.packages ?? {}).sort(([a], [b]) => a.localeCompare(b));
  if (entries.length === 0) return null;
  return (
    <Card
      title={t("packages")}
      actions={
        <Button size="small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? t("hide") : t("show.count", { count: entries.length })}
        </Button>
      }
      flush={!isOpen}
    >
      {isOpen && <KeyValues entries={entries.map(([key, value]) => ({ key, value }))} />}
    </Card>
  );
}
