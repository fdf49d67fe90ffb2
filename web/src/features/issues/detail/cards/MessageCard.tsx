import type { EventDetail } from "../../../../lib/api/event-types.ts";
import { entryOf } from "../../../../lib/frames.ts";
import { t } from "../../../../lib/i18n.ts";
import { metaAt } from "../../../../lib/meta.ts";
import { Card } from "../../../../ui/Card/Card.tsx";
import { JsonTree } from "../../../../ui/JsonTree/JsonTree.tsx";
import { MaskedValue } from "../../../../ui/MaskedValue/MaskedValue.tsx";
import styles from "./Cards.module.css";

/** What was logged: the text, and what was put into its template. */
export function MessageCard({ event }: { readonly event: EventDetail }) {
  const found = entryOf(event, "message");
  if (found === null) return null;
  const { message, formatted, params } = found.entry.data;
  const meta = metaAt(event._meta, "entries", found.index, "data");
  const field = formatted === null ? "message" : "formatted";
  const isTemplate = typeof message === "string" && message !== formatted && formatted !== null;
  return (
    <Card title={t("message")}>
      <pre className={styles.message}>
        <MaskedValue value={formatted ?? message ?? ""} meta={metaAt(meta, field)} />
      </pre>
      {isTemplate && (
        <div className={styles.small}>
          {t("message.template")} <code>{message}</code>
        </div>
      )}
      {params !== undefined && params !== null && (
        <div className={styles.small}>
          <JsonTree value={params} meta={metaAt(meta, "params")} />
        </div>
      )}
    </Card>
  );
}
