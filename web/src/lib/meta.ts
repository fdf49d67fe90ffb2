import type { MetaNote, MetaTree, Remark } from "./api/event-types.ts";
import { isJsonObject, type Json } from "./json.ts";

/** The part of the notes that is about one value. Anything missing on the way means "no notes". */
export function metaAt(
  meta: MetaTree | undefined,
  ...path: readonly (string | number)[]
): MetaTree | undefined {
  let here: Json | undefined = meta;
  for (const key of path) {
    if (!isJsonObject(here)) return undefined;
    here = Object.hasOwn(here, String(key)) ? here[String(key)] : undefined;
  }
  return isJsonObject(here) ? here : undefined;
}

/** The note about the value itself, which the server keeps under the empty key. */
export function noteOf(meta: MetaTree | undefined): MetaNote | null {
  const note = meta?.[""];
  if (!isJsonObject(note)) return null;
  const rem = Array.isArray(note.rem) ? note.rem.map(remarkOf).filter((one) => one !== null) : undefined;
  const err = Array.isArray(note.err) ? note.err.map(errorOf) : undefined;
  return {
    ...(rem === undefined ? {} : { rem }),
    ...(typeof note.len === "number" ? { len: note.len } : {}),
    ...(err === undefined ? {} : { err }),
  };
}

/** Whether anything inside was scrubbed, cut or invalid; then it cannot be shown in short. */
export function hasNotes(meta: MetaTree | undefined): boolean {
  return meta !== undefined && Object.keys(meta).length > 0;
}

function remarkOf(value: Json): Remark | null {
  if (!Array.isArray(value)) return null;
  const [rule, kind, from, to] = value;
  if (typeof rule !== "string") return null;
  const name = typeof kind === "string" ? kind : "";
  return typeof from === "number" && typeof to === "number" ? [rule, name, from, to] : [rule, name];
}

function errorOf(value: Json): string {
  const name = Array.isArray(value) ? value[0] : value;
  return typeof name === "string" ? name : "invalid_data";
}

/** `@creditcard:mask` → `creditcard`. */
export function ruleName(rule: string): string {
  return rule.replace(/^@/, "").replace(/:[a-z]+$/, "");
}

/** Text with the places that rules took something out of. */
export type Segment =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "scrubbed"; readonly rule: string };

/** Cuts `text` at what rules replaced. Ranges that overlap or lie outside are taken as far as they make sense. */
export function segments(text: string, remarks: readonly Remark[]): Segment[] {
  const whole = remarks.find(([, , from]) => from === undefined);
  const ranges = remarks.filter((one) => one[2] !== undefined).sort((a, b) => (a[2] ?? 0) - (b[2] ?? 0));
  if (ranges.length === 0) {
    return whole === undefined ? [{ kind: "text", text }] : [{ kind: "scrubbed", rule: ruleName(whole[0]) }];
  }
  const found: Segment[] = [];
  // Offsets count characters, not UTF-16 units.
  const characters = [...text];
  let at = 0;
  for (const [rule, , from = 0, to = from] of ranges) {
    const start = Math.min(characters.length, Math.max(at, from));
    if (start > at) found.push({ kind: "text", text: characters.slice(at, start).join("") });
    found.push({ kind: "scrubbed", rule: ruleName(rule) });
    at = Math.min(characters.length, Math.max(start, to));
  }
  if (at < characters.length) found.push({ kind: "text", text: characters.slice(at).join("") });
  return found;
}
