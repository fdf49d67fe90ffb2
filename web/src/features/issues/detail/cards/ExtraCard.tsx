import type { EventDetail } from "../../../../lib/api/event-types.ts";
import { t } from "../../../../lib/i18n.ts";
import { metaAt } from "../../../../lib/meta.ts";
import { Card } from "../../../../ui/Card/Card.tsx";
import { KeyValues } from "../../../../ui/KeyValues/KeyValues.tsx";

/** What the app attached without giving it a kind. */
export function ExtraCard({ event }: { readonly event: EventDetail }) {
  const entries = Object.entries(event.context);
  if (entries.length === 0) return null;
  const meta = metaAt(event._meta, "context") ?? metaAt(event._meta, "extra");
  return (
    <Card title={t("extra")}>
      <KeyValues entries={entries.map(([key, value]) => ({ key, value, meta: metaAt(meta, key) }))} />
    </Card>
  );
}
