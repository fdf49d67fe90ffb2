import type { EventDetail } from "../../../../lib/api/event-types.ts";
import { FINDING_CONTEXT } from "../../../../lib/finding.ts";
import { t } from "../../../../lib/i18n.ts";
import { isJsonObject } from "../../../../lib/json.ts";
import { metaAt } from "../../../../lib/meta.ts";
import { Card } from "../../../../ui/Card/Card.tsx";
import { KeyValues } from "../../../../ui/KeyValues/KeyValues.tsx";
import styles from "./Cards.module.css";

/** Have cards of their own. */
const ELSEWHERE = ["flags", FINDING_CONTEXT];

/** Runtime, device, trace and whatever else the app told about its surroundings. */
export function ContextsCard({ event }: { readonly event: EventDetail }) {
  const contexts = Object.entries(event.contexts).filter(([name]) => !ELSEWHERE.includes(name));
  if (contexts.length === 0) return null;
  return (
    <Card title={t("contexts")}>
      {contexts.map(([name, value]) => {
        const meta = metaAt(event._meta, "contexts", name);
        const fields = isJsonObject(value) ? Object.entries(value).filter(([key]) => key !== "type") : [];
        return (
          <div key={name} className={styles.part}>
            <h3>{name}</h3>
            <KeyValues
              entries={
                isJsonObject(value)
                  ? fields.map(([key, one]) => ({ key, value: one, meta: metaAt(meta, key) }))
                  : [{ key: name, value, meta }]
              }
            />
          </div>
        );
      })}
    </Card>
  );
}
