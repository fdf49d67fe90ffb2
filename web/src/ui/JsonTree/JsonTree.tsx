import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import type { MetaTree } from "../../lib/api/event-types.ts";
import { t } from "../../lib/i18n.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import { hasNotes, metaAt, noteOf } from "../../lib/meta.ts";
import { MaskedValue } from "../MaskedValue/MaskedValue.tsx";
import styles from "./JsonTree.module.css";

interface Props {
  readonly value: Json;
  readonly meta?: MetaTree | undefined;
  readonly depth?: number;
}

const DEPTH_MAX = 20;
const INLINE_LENGTH_MAX = 90;
const OPEN_DEPTH = 1;
const ITEMS_MAX = 200;

/** Any value an SDK may send: short ones on one line, others to be opened. */
export function JsonTree({ value, meta, depth = 0 }: Props) {
  if (value === null || typeof value !== "object") return <MaskedValue value={value} meta={meta} quoted />;
  if (noteOf(meta)?.rem !== undefined) return <MaskedValue value={null} meta={meta} />;
  const inline = hasNotes(meta) ? null : inlineText(value);
  if (inline !== null || depth >= DEPTH_MAX) return <span className={styles.inline}>{inline ?? "…"}</span>;
  return <Branch value={value} meta={meta} depth={depth} />;
}

interface BranchProps extends Required<Pick<Props, "depth">> {
  readonly value: Json[] | JsonObject;
  readonly meta: MetaTree | undefined;
}

function Branch({ value, meta, depth }: BranchProps) {
  const [isOpen, setOpen] = useState(depth < OPEN_DEPTH);
  const entries: [string, Json][] = Array.isArray(value)
    ? value.map((one, index): [string, Json] => [String(index), one])
    : Object.entries(value);
  const shown = entries.slice(0, ITEMS_MAX);
  return (
    <span>
      <button type="button" className={styles.toggle} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? <ChevronDown size={12} /> : <ChevronRight size={12} />}
        {Array.isArray(value)
          ? t("json.items", { count: entries.length })
          : t("json.keys", { count: entries.length })}
      </button>
      {isOpen && (
        <div className={styles.list}>
          {shown.map(([key, one]) => (
            <div key={key}>
              <span className={styles.key}>{key}: </span>
              <JsonTree value={one} meta={metaAt(meta, key)} depth={depth + 1} />
            </div>
          ))}
          {entries.length > shown.length && (
            <div className={styles.cut}>{t("json.more", { count: entries.length - shown.length })}</div>
          )}
        </div>
      )}
    </span>
  );
}

/** `{ value: 25, currency: "EUR" }`, or `null` when that would be long. */
export function inlineText(value: Json): string | null {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const parts: string[] = [];
  let length = 0;
  for (const [key, one] of Object.entries(value)) {
    // Deep values are opened step by step anyway: looking one level down bounds the work.
    if (one !== null && typeof one === "object" && Object.keys(one).length > 6) return null;
    const text = JSON.stringify(one);
    const part = Array.isArray(value) ? text : `${key}: ${text}`;
    length += part.length + 2;
    if (length > INLINE_LENGTH_MAX) return null;
    parts.push(part);
  }
  if (Array.isArray(value)) return `[${parts.join(", ")}]`;
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}
