import { Link } from "@tanstack/react-router";
import type { EventDetail } from "../../../../lib/api/event-types.ts";
import { t } from "../../../../lib/i18n.ts";
import { metaAt } from "../../../../lib/meta.ts";
import { filterText } from "../../../../lib/search-lang/parse.ts";
import { Card } from "../../../../ui/Card/Card.tsx";
import { MaskedValue } from "../../../../ui/MaskedValue/MaskedValue.tsx";
import styles from "./Cards.module.css";

/** Tags of this event; each leads to the issues that share it. */
export function TagsCard({ event, org }: { readonly event: EventDetail; readonly org: string }) {
  if (event.tags.length === 0) return null;
  return (
    <Card title={t("tags.event")}>
      <table className={styles.table}>
        <tbody>
          {event.tags.map(({ key, value }, index) => (
            <tr key={key}>
              <td>{key}</td>
              <td>
                <Link
                  to="/$org/issues"
                  params={{ org }}
                  search={{ q: `is:unresolved ${filterText(key, value)}` }}
                  preload={false}
                >
                  <MaskedValue
                    value={value}
                    meta={metaAt(event._meta, "tags", index, 1) ?? metaAt(event._meta, "tags", key)}
                  />
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
