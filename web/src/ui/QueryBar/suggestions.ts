import type { TagValue } from "../../lib/api/types.ts";
import { formatCount } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { quoteValue } from "../../lib/search-lang/parse.ts";
import { lastWord, type Suggestion } from "./QueryBar.tsx";

const SUGGESTIONS_MAX = 12;

/** The word being typed: the start of a key, or a key with the start of a value. */
export interface Typed {
  readonly word: string;
  /** Empty while it is still the key that is typed. */
  readonly key: string;
  readonly value: string;
  /** What stands before the value. */
  readonly prefix: string;
}

export function typedWord(draft: string): Typed {
  const word = lastWord(draft);
  const [, bang = "", key = "", typed = ""] = /^(!?)([^:]+):(.*)$/s.exec(word) ?? [];
  return { word, key, value: typed.replace(/^"|"$/g, ""), prefix: `${bang}${key}:` };
}

interface Key {
  readonly key: string;
  readonly description: string;
}

export function keySuggestions(keys: readonly Key[], word: string): Suggestion[] {
  const bang = word.startsWith("!") ? "!" : "";
  const typed = word.slice(bang.length).toLowerCase();
  const matching = keys.filter(({ key }) => key.toLowerCase().includes(typed));
  const starts = matching.filter(({ key }) => key.toLowerCase().startsWith(typed));
  const others = matching.filter((key) => !starts.includes(key));
  return [...starts, ...others].slice(0, SUGGESTIONS_MAX).map(({ key, description }) => ({
    text: `${bang}${key}:`,
    description,
    complete: false,
  }));
}

export function fixedSuggestions(values: readonly string[], { prefix, value: typed }: Typed): Suggestion[] {
  return values
    .filter((value) => value.toLowerCase().includes(typed.toLowerCase()))
    .slice(0, SUGGESTIONS_MAX)
    .map((value) => ({ text: `${prefix}${quoteValue(value)}`, description: "", complete: true }));
}

export function valueSuggestions(values: readonly TagValue[], { prefix }: Typed): Suggestion[] {
  return values.slice(0, SUGGESTIONS_MAX).map(({ value, count }) => ({
    text: `${prefix}${value === "" ? '""' : quoteValue(value)}`,
    description: t("suggestion.count", { count, shown: formatCount(count) }),
    complete: true,
  }));
}
