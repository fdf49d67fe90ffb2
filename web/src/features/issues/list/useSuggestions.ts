import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { searchKeysQuery, tagValuesQuery } from "../../../lib/api/issues.ts";
import type { SearchKey, TagValue } from "../../../lib/api/types.ts";
import { formatCount } from "../../../lib/format.ts";
import { t } from "../../../lib/i18n.ts";
import { quoteValue } from "../../../lib/search-lang/parse.ts";
import type { ScopeSearch } from "../../../lib/urlstate.ts";
import { lastWord, type Suggestion } from "../../../ui/QueryBar/QueryBar.tsx";

const SUGGESTIONS_MAX = 12;

/** What could be meant by the word being typed: keys first, then the values of a key. */
export function useSuggestions(
  org: string,
  search: ScopeSearch,
  draft: string,
  asked: boolean,
): readonly Suggestion[] {
  const word = lastWord(draft);
  const keys = useQuery({ ...searchKeysQuery(org), enabled: asked }).data ?? [];
  const [, bang = "", key = "", typed = ""] = /^(!?)([^:]+):(.*)$/s.exec(word) ?? [];
  const known = keys.find((one) => one.key === key);
  const value = typed.replace(/^"|"$/g, "");
  const hasFixedValues = known?.values !== undefined && known.values.length > 0;
  const values = useQuery({
    ...tagValuesQuery(org, key, value, search),
    enabled: key !== "" && !hasFixedValues && takesValues(known),
    placeholderData: keepPreviousData,
  }).data;
  if (key === "") return keySuggestions(keys, word);
  const prefix = `${bang}${key}:`;
  if (hasFixedValues) return fixedSuggestions(known.values ?? [], prefix, value);
  return valueSuggestions(values ?? [], prefix);
}

/** Numbers and dates have too many values to list. */
function takesValues(key: SearchKey | undefined): boolean {
  return key === undefined || !["date", "number", "duration"].includes(key.kind);
}

export function keySuggestions(keys: readonly SearchKey[], word: string): Suggestion[] {
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

function fixedSuggestions(values: readonly string[], prefix: string, typed: string): Suggestion[] {
  return values
    .filter((value) => value.toLowerCase().includes(typed.toLowerCase()))
    .slice(0, SUGGESTIONS_MAX)
    .map((value) => ({ text: `${prefix}${quoteValue(value)}`, description: "", complete: true }));
}

function valueSuggestions(values: readonly TagValue[], prefix: string): Suggestion[] {
  return values.slice(0, SUGGESTIONS_MAX).map(({ value, count }) => ({
    text: `${prefix}${value === "" ? '""' : quoteValue(value)}`,
    description: t("suggestion.count", { count, shown: formatCount(count) }),
    complete: true,
  }));
}
