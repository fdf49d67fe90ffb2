import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { spanAttributesQuery, spanValuesQuery } from "../../lib/api/traces.ts";
import { t } from "../../lib/i18n.ts";
import { useShortcuts } from "../../lib/keys.ts";
import type { ScopeSearch } from "../../lib/urlstate.ts";
import { QueryBar, type Suggestion } from "../QueryBar/QueryBar.tsx";
import { keySuggestions, typedWord, valueSuggestions } from "../QueryBar/suggestions.ts";

interface Props {
  readonly org: string;
  readonly search: ScopeSearch;
  readonly query: string;
  readonly onQuery: (query: string) => void;
}

/** A query for spans: any attribute that spans have is a key. */
export function SpanQueryBar({ org, search, query, onQuery }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [draft, setDraft] = useState("");
  const [asked, setAsked] = useState(false);
  const suggestions = useSuggestions(org, search, draft, asked);
  useShortcuts([{ keys: "/", label: "keys.query", run: () => input.current?.focus() }]);
  return (
    <QueryBar
      inputRef={input}
      query={query}
      onChange={onQuery}
      draft={draft}
      onDraft={setDraft}
      onFocus={() => setAsked(true)}
      suggestions={suggestions}
    />
  );
}

function useSuggestions(
  org: string,
  search: ScopeSearch,
  draft: string,
  asked: boolean,
): readonly Suggestion[] {
  const typed = typedWord(draft);
  const keys = useQuery({ ...spanAttributesQuery(org, search), enabled: asked }).data ?? [];
  // Numbers have too many values to list.
  const isNumber = keys.find(({ name }) => name === typed.key)?.attributeType === "number";
  const values = useQuery({
    ...spanValuesQuery(org, typed.key, typed.value, search),
    enabled: typed.key !== "" && !isNumber,
    placeholderData: keepPreviousData,
  }).data;
  if (typed.key !== "") return isNumber ? [] : valueSuggestions(values ?? [], typed);
  const named = keys.map(({ name, attributeType }) => ({
    key: name,
    description: attributeType === "number" ? t("attribute.number") : "",
  }));
  return keySuggestions(named, typed.word);
}
