import { useRef, useState } from "react";
import { t } from "../../../lib/i18n.ts";
import { useShortcuts } from "../../../lib/keys.ts";
import { ISSUE_SORTS, type IssueSort, type IssuesSearch, oneOf } from "../../../lib/urlstate.ts";
import { MenuButton } from "../../../ui/MenuButton/MenuButton.tsx";
import { QueryBar } from "../../../ui/QueryBar/QueryBar.tsx";
import styles from "./IssueQueryBar.module.css";
import { useSuggestions } from "./useSuggestions.ts";

interface Props {
  readonly org: string;
  readonly search: IssuesSearch;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly onSort: (sort: IssueSort) => void;
}

export function IssueQueryBar({ org, search, query, onQuery, onSort }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [draft, setDraft] = useState("");
  const [asked, setAsked] = useState(false);
  const suggestions = useSuggestions(org, search, draft, asked);
  const sort = search.sort ?? "date";
  useShortcuts([{ keys: "/", label: "keys.query", run: () => input.current?.focus() }]);
  return (
    <div className={styles.row}>
      <QueryBar
        inputRef={input}
        query={query}
        onChange={onQuery}
        draft={draft}
        onDraft={setDraft}
        onFocus={() => setAsked(true)}
        suggestions={suggestions}
      />
      <MenuButton
        label={t("sort")}
        groups={[{ entries: ISSUE_SORTS.map((id) => ({ id, label: t(`sort.${id}`) })) }]}
        selected={[sort]}
        onSelect={([chosen]) => onSort(oneOf(ISSUE_SORTS, chosen) ?? "date")}
      >
        {t("sort.by", { name: t(`sort.${sort}`) })}
      </MenuButton>
    </div>
  );
}
