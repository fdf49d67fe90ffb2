import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { flagsQuery, searchKeysQuery, tagValuesQuery } from "../../../lib/api/issues.ts";
import type { SearchKey, TagSummary } from "../../../lib/api/types.ts";
import { t } from "../../../lib/i18n.ts";
import type { ScopeSearch } from "../../../lib/urlstate.ts";
import type { Suggestion } from "../../../ui/QueryBar/QueryBar.tsx";
import {
  fixedSuggestions,
  keySuggestions,
  typedWord,
  valueSuggestions,
} from "../../../ui/QueryBar/suggestions.ts";

/** What could be meant by the word being typed: keys first, then the values of a key. */
export function useSuggestions(
  org: string,
  search: ScopeSearch,
  draft: string,
  asked: boolean,
): readonly Suggestion[] {
  const typed = typedWord(draft);
  const { key, value } = typed;
  const keys = useQuery({ ...searchKeysQuery(org), enabled: asked }).data ?? [];
  const flags = useQuery({ ...flagsQuery(org, search), enabled: asked }).data ?? [];
  const known = keys.find((one) => one.key === key);
  const hasFixedValues = known?.values !== undefined && known.values.length > 0;
  const values = useQuery({
    ...tagValuesQuery(org, key, value, search),
    enabled: key !== "" && !hasFixedValues && takesValues(known),
    placeholderData: keepPreviousData,
  }).data;
  if (key === "") return keySuggestions([...keys, ...flags.map(flagKey)], typed.word);
  if (hasFixedValues) return fixedSuggestions(known.values ?? [], typed);
  return valueSuggestions(values ?? [], typed);
}

/** How a search names a feature flag. */
function flagKey({ key }: TagSummary) {
  return { key: `flags[${key}]`, description: t("suggestion.flag") };
}

/** Numbers and dates have too many values to list. */
function takesValues(key: SearchKey | undefined): boolean {
  return key === undefined || !["date", "number", "duration"].includes(key.kind);
}
