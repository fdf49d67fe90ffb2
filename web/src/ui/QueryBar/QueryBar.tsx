import { Search } from "lucide-react";
import { type KeyboardEvent, type RefObject, useId, useState } from "react";
import { t } from "../../lib/i18n.ts";
import { formatQuery, parseQuery, type Term } from "../../lib/search-lang/parse.ts";
import { cx } from "../cx.ts";
import { Kbd } from "../Kbd/Kbd.tsx";
import styles from "./QueryBar.module.css";
import { QueryToken } from "./QueryToken.tsx";

/** Something the person may be about to type. */
export interface Suggestion {
  /** Replaces the word being typed. */
  readonly text: string;
  readonly description: string;
  /** A whole filter, not only the start of one. */
  readonly complete: boolean;
}

interface Props {
  readonly query: string;
  readonly onChange: (query: string) => void;
  readonly draft: string;
  readonly onDraft: (draft: string) => void;
  readonly suggestions: readonly Suggestion[];
  readonly onFocus?: () => void;
  readonly inputRef: RefObject<HTMLInputElement | null>;
}

/** A query as chips, with a field for the next term: a combobox of what the server knows. */
export function QueryBar({ query, onChange, draft, onDraft, suggestions, onFocus, inputRef }: Props) {
  const list = useId();
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const terms = parseQuery(query);
  const isListed = isOpen && suggestions.length > 0;

  const type = (text: string) => {
    onDraft(text);
    setActive(-1);
    setOpen(true);
  };
  const commit = (text: string) => {
    type("");
    if (text.trim() !== "") onChange(formatQuery([...terms, ...parseQuery(text)]));
  };
  const accept = (suggestion: Suggestion) => {
    const before = draft.slice(0, draft.length - lastWord(draft).length);
    if (suggestion.complete) commit(before + suggestion.text);
    else type(before + suggestion.text);
    inputRef.current?.focus();
  };
  const edit = (index: number) => {
    onChange(formatQuery(terms.filter((_, other) => other !== index)));
    type(terms[index]?.text ?? "");
    inputRef.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const chosen = isListed ? suggestions[active] : undefined;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        const step = event.key === "ArrowDown" ? 1 : -1;
        setOpen(true);
        setActive(Math.max(-1, Math.min(suggestions.length - 1, active + step)));
        break;
      }
      case "Enter":
        if (chosen === undefined) commit(draft);
        else accept(chosen);
        if (chosen === undefined) setOpen(false);
        break;
      case "Tab":
        if (chosen === undefined) return;
        accept(chosen);
        break;
      case " ":
        if (!isWholeFilter(draft)) return;
        commit(draft);
        break;
      case "Backspace":
        if (draft !== "" || terms.length === 0) return;
        edit(terms.length - 1);
        break;
      case "Escape":
        if (!isListed) inputRef.current?.blur();
        setOpen(false);
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a click on the frame is a click on the field
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field itself is what the keyboard reaches
    <div
      className={styles.bar}
      onClick={(event) => event.target === event.currentTarget && inputRef.current?.focus()}
    >
      <Search size={14} className={styles.icon} aria-hidden="true" />
      <div className={styles.content}>
        {terms.map((term, index) => (
          <QueryToken
            // biome-ignore lint/suspicious/noArrayIndexKey: the same term may stand twice
            key={`${index}-${term.text}`}
            term={term}
            onEdit={() => edit(index)}
            onRemove={() => onChange(formatQuery(terms.filter((_, other) => other !== index)))}
          />
        ))}
        <input
          ref={inputRef}
          className={styles.input}
          role="combobox"
          aria-label={t("query.label")}
          aria-autocomplete="list"
          aria-expanded={isListed}
          aria-controls={list}
          aria-activedescendant={isListed && active >= 0 ? `${list}-${active}` : undefined}
          autoComplete="off"
          spellCheck={false}
          placeholder={t("query.placeholder")}
          value={draft}
          onChange={(event) => type(event.target.value)}
          onFocus={() => {
            onFocus?.();
            setOpen(true);
          }}
          onBlur={() => {
            setOpen(false);
            if (draft !== "") commit(draft);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      {draft === "" && !isOpen && <Kbd keys="/" />}
      {isListed && <Options id={list} suggestions={suggestions} active={active} onChoose={accept} />}
    </div>
  );
}

interface OptionsProps {
  readonly id: string;
  readonly suggestions: readonly Suggestion[];
  readonly active: number;
  readonly onChoose: (suggestion: Suggestion) => void;
}

function Options({ id, suggestions, active, onChoose }: OptionsProps) {
  return (
    // The mouse must not take the focus from the field.
    <div
      id={id}
      role="listbox"
      aria-label={t("query.suggestions")}
      className={styles.list}
      onMouseDown={(event) => event.preventDefault()}
    >
      {suggestions.map((suggestion, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field handles the keyboard
        <div
          key={suggestion.text}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          className={cx(styles.option, index === active && styles.active)}
          onClick={() => onChoose(suggestion)}
        >
          <code>{suggestion.text}</code>
          <span>{suggestion.description}</span>
        </div>
      ))}
    </div>
  );
}

/** What is being typed: all after the last space that is not inside quotes. */
export function lastWord(draft: string): string {
  let from = 0;
  let quoted = false;
  for (let index = 0; index < draft.length; index += 1) {
    const char = draft.charAt(index);
    if (char === '"') quoted = !quoted;
    if (char === " " && !quoted) from = index + 1;
  }
  return draft.slice(from);
}

function isWholeFilter(draft: string): boolean {
  const last: Term | undefined = parseQuery(draft).at(-1);
  const quotes = draft.split('"').length - 1;
  return (
    last?.kind === "filter" && quotes % 2 === 0 && !(last.value.startsWith("[") && !last.value.endsWith("]"))
  );
}
