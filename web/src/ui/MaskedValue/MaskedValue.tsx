import type { MetaTree } from "../../lib/api/event-types.ts";
import { t } from "../../lib/i18n.ts";
import type { Json } from "../../lib/json.ts";
import { noteOf, ruleName, segments } from "../../lib/meta.ts";
import styles from "./MaskedValue.module.css";

interface Props {
  readonly value: Exclude<Json, Json[] | { [key: string]: Json }> | undefined;
  readonly meta: MetaTree | undefined;
  /** Strings in quotes, as in code. */
  readonly quoted?: boolean;
}

/** A scalar from an event. What rules took out is named, never left blank. */
export function MaskedValue({ value, meta, quoted = false }: Props) {
  const note = noteOf(meta);
  if (note === null) return <Plain value={value} quoted={quoted} />;
  const remarks = note.rem ?? [];
  const [first] = remarks;
  if (typeof value !== "string" || value === "") {
    if (first !== undefined) return <Scrubbed rule={ruleName(first[0])} />;
    const error = note.err?.[0];
    return (
      <>
        <Plain value={value} quoted={quoted} />
        {typeof error === "string" && (
          <span className={styles.note}>{t("value.invalid", { why: error })}</span>
        )}
      </>
    );
  }
  const was = note.len;
  const isCut =
    was !== undefined && was > value.length && remarks.every(([, kind]) => kind === "s" || kind === "");
  return (
    <>
      {quoted && remarks.length > 0 && '"'}
      {remarks.length === 0 ? (
        <Plain value={value} quoted={quoted} />
      ) : (
        segments(value, remarks).map((segment, index) =>
          segment.kind === "text" ? (
            segment.text
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text never move
            <Scrubbed key={index} rule={segment.rule} />
          ),
        )
      )}
      {quoted && remarks.length > 0 && '"'}
      {isCut && <span className={styles.note}>{t("value.cut", { count: was })}</span>}
    </>
  );
}

function Scrubbed({ rule }: { readonly rule: string }) {
  return <span className={styles.scrubbed}>{t("value.scrubbed", { rule })}</span>;
}

function Plain({ value, quoted }: { readonly value: Props["value"]; readonly quoted: boolean }) {
  if (typeof value === "string")
    return <span className={styles.string}>{quoted ? JSON.stringify(value) : value}</span>;
  return <span className={styles.literal}>{value === undefined ? "" : String(value)}</span>;
}
