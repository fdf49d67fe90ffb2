import type { EventDetail } from "../../../../lib/api/event-types.ts";
import { t } from "../../../../lib/i18n.ts";
import { metaAt } from "../../../../lib/meta.ts";
import { Card } from "../../../../ui/Card/Card.tsx";
import { KeyValues } from "../../../../ui/KeyValues/KeyValues.tsx";

/** Whom it happened to. */
export function UserCard({ event }: { readonly event: EventDetail }) {
  const meta = metaAt(event._meta, "user");
  const entries = Object.entries(event.user ?? {})
    .map(([key, value]) => ({ key, value: value ?? null, meta: metaAt(meta, key) }))
    .filter(({ value, meta: note }) => (value !== null && !isEmpty(value)) || note !== undefined);
  if (entries.length === 0) return null;
  return (
    <Card title={t("user")}>
      <KeyValues entries={entries} />
    </Card>
  );
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
