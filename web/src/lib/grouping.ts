import { asText, isJsonObject, type Json } from "./json.ts";

/** A part of what was looked at for grouping. */
export interface Component {
  readonly name: string;
  readonly contributes: boolean;
  readonly hint: string;
  /** Texts that went in as they are. */
  readonly values: readonly string[];
  readonly children: readonly Component[];
}

/** One way to group: in-app, system, a custom fingerprint. */
export interface Variant {
  readonly key: string;
  readonly description: string;
  readonly contributes: boolean;
  readonly hint: string;
  readonly hash: string | null;
  readonly component: Component | null;
}

const DEPTH_MAX = 16;

/** Reads a grouping explanation, bare or under `variants`; those that count come first. */
export function variantsOf(info: Json): Variant[] {
  const source = isJsonObject(info) && info.variants !== undefined ? info.variants : info;
  const entries: [string, Json][] = Array.isArray(source)
    ? source.map((one, index): [string, Json] => [String(index), one])
    : Object.entries(isJsonObject(source) ? source : {});
  const variants: Variant[] = [];
  for (const [key, value] of entries) {
    if (!isJsonObject(value)) continue;
    const component = value.component === undefined ? null : componentOf(value.component, 0);
    const hash = asText(value.hash);
    variants.push({
      key,
      description: asText(value.description) ?? asText(value.key) ?? key,
      contributes: value.contributes === undefined ? hash !== null : value.contributes === true,
      hint: asText(value.hint) ?? "",
      hash,
      component,
    });
  }
  return variants.sort((a, b) => Number(b.contributes) - Number(a.contributes));
}

function componentOf(value: Json, depth: number): Component | null {
  if (!isJsonObject(value) || depth > DEPTH_MAX) return null;
  const parts = Array.isArray(value.values) ? value.values : [];
  return {
    name: asText(value.name) ?? asText(value.id) ?? "",
    contributes: value.contributes === true,
    hint: asText(value.hint) ?? "",
    values: parts.map((part) => asText(part)).filter((part) => part !== null),
    children: parts.map((part) => componentOf(part, depth + 1)).filter((part) => part !== null),
  };
}
