import type { EventDetail, MetaTree, Pair } from "../../../../lib/api/event-types.ts";
import { entryOf } from "../../../../lib/frames.ts";
import { t } from "../../../../lib/i18n.ts";
import { metaAt } from "../../../../lib/meta.ts";
import { Card } from "../../../../ui/Card/Card.tsx";
import { JsonTree } from "../../../../ui/JsonTree/JsonTree.tsx";
import { type KeyValue, KeyValues } from "../../../../ui/KeyValues/KeyValues.tsx";
import { MaskedValue } from "../../../../ui/MaskedValue/MaskedValue.tsx";
import styles from "./Cards.module.css";

/** The HTTP request that failed. */
export function RequestCard({ event }: { readonly event: EventDetail }) {
  const found = entryOf(event, "request");
  if (found === null) return null;
  const request = found.entry.data;
  const meta = metaAt(event._meta, "entries", found.index, "data");
  return (
    <Card title={t("request")}>
      <div className={styles.part}>
        <code className={styles.mono}>
          {request.method ?? "GET"} <MaskedValue value={request.url} meta={metaAt(meta, "url")} />
        </code>
      </div>
      <Part
        title={t("request.query")}
        entries={pairs(request.query, metaAt(meta, "query") ?? metaAt(meta, "query_string"))}
      />
      {request.data !== null && request.data !== "" && (
        <div className={styles.part}>
          <h3>{t("request.body")}</h3>
          <code className={styles.mono}>
            <JsonTree value={request.data} meta={metaAt(meta, "data")} />
          </code>
        </div>
      )}
      <Part title={t("request.cookies")} entries={pairs(request.cookies, metaAt(meta, "cookies"))} />
      <Part title={t("request.headers")} entries={pairs(request.headers, metaAt(meta, "headers"))} />
      <Part
        title={t("request.env")}
        entries={Object.entries(request.env ?? {}).map(([key, value]) => ({
          key,
          value,
          meta: metaAt(meta, "env", key),
        }))}
      />
    </Card>
  );
}

function Part({ title, entries }: { readonly title: string; readonly entries: readonly KeyValue[] }) {
  if (entries.length === 0) return null;
  return (
    <div className={styles.part}>
      <h3>{title}</h3>
      <KeyValues entries={entries} />
    </div>
  );
}

/** The note about a value sits at its place, then at 1; or under its name, when an object was sent. */
function pairs(list: readonly Pair[] | null, meta: MetaTree | undefined): KeyValue[] {
  return (list ?? []).map(([key, value], index) => ({
    key,
    value,
    meta: metaAt(meta, index, 1) ?? metaAt(meta, key),
  }));
}
