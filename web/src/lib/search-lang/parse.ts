/** One term of a query, with the text it was written as. */
export type Term =
  | {
      readonly kind: "filter";
      readonly text: string;
      readonly negated: boolean;
      readonly key: string;
      readonly operator: string;
      /** Without its quotes; a list keeps its brackets. */
      readonly value: string;
    }
  | { readonly kind: "text"; readonly text: string };

/** `!`, a key (plain, quoted, `tags[x]`), a colon that has something behind it. */
const FILTER = /^(!?)("[\w.:-]+"|(?:tags|flags)\[[^\]]+\]|[\w.-]+(?:\(\))?):(>=|<=|!=|>|<|=)?(.+)$/s;

/** Cuts a query into terms. Never fails: what is not a filter is text, and the server has the last word. */
export function parseQuery(query: string): Term[] {
  const terms: Term[] = [];
  for (const word of words(query)) {
    const term = termOf(word);
    const before = terms.at(-1);
    // Neighbouring unquoted words are one free text.
    if (term.kind === "text" && before?.kind === "text" && !isQuoted(term.text) && !isQuoted(before.text)) {
      terms[terms.length - 1] = { kind: "text", text: `${before.text} ${term.text}` };
    } else {
      terms.push(term);
    }
  }
  return terms;
}

export function formatQuery(terms: readonly Term[]): string {
  return terms.map((term) => term.text).join(" ");
}

/** Whether two queries ask the same, whatever the order of their terms. */
export function sameQuery(a: string, b: string): boolean {
  const sorted = (query: string) =>
    parseQuery(query)
      .map((term) => term.text)
      .sort()
      .join(" ");
  return sorted(a) === sorted(b);
}

/** A filter written so that it is read back as it was meant. */
export function filterText(key: string, value: string, negated = false): string {
  const name = /^[\w.-]+$/.test(key) || /^(?:tags|flags)\[/.test(key) ? key : `tags[${key}]`;
  return `${negated ? "!" : ""}${name}:${quoteValue(value)}`;
}

export function quoteValue(value: string): string {
  if (/^[^\s"()[\],*]+$/.test(value)) return value;
  return `"${value.replaceAll('"', '\\"').replaceAll("*", "\\*")}"`;
}

/** Adds a filter; one for the same key and value is replaced, so that a filter can be turned around. */
export function withFilter(query: string, key: string, value: string, negated = false): string {
  const text = filterText(key, value, negated);
  const opposite = filterText(key, value, !negated);
  const kept = parseQuery(query).filter((term) => term.text !== text && term.text !== opposite);
  return [...kept.map((term) => term.text), text].join(" ");
}

/** The value that a query asks of a key, if it asks for one. */
export function valueIn(query: string, key: string): string | undefined {
  const term = parseQuery(query).find((one) => one.kind === "filter" && one.key === key && !one.negated);
  return term?.kind === "filter" ? term.value : undefined;
}

/** Puts a filter in the place of all others on its key. */
export function withOnly(query: string, key: string, filter: string | undefined): string {
  const others = parseQuery(query).filter((term) => term.kind !== "filter" || term.key !== key);
  return [formatQuery(others), filter ?? ""].join(" ").trim();
}

/** A query for what all of these ask for. */
export function allOf(...queries: readonly (string | undefined)[]): string {
  const asked = queries.filter((query): query is string => query !== undefined && query.trim() !== "");
  if (asked.length < 2) return asked[0] ?? "";
  return asked.map((query) => (/\sOR\s/i.test(query) ? `(${query})` : query)).join(" ");
}

function termOf(word: string): Term {
  const match = FILTER.exec(word);
  const [, bang = "", key = "", operator = "", value = ""] = match ?? [];
  if (match === null) return { kind: "text", text: word };
  return {
    kind: "filter",
    text: word,
    negated: bang === "!",
    key: unquote(key),
    operator,
    value: unquote(value),
  };
}

/** Splits at spaces outside of quotes and brackets. */
function words(query: string): string[] {
  const found: string[] = [];
  let word = "";
  let quoted = false;
  let depth = 0;
  for (let index = 0; index < query.length; index += 1) {
    const char = query.charAt(index);
    if (char === "\\" && quoted) {
      word += char + query.charAt(index + 1);
      index += 1;
      continue;
    }
    if (char === '"') quoted = !quoted;
    if (!quoted && char === "[") depth += 1;
    if (!quoted && char === "]") depth = Math.max(0, depth - 1);
    if (/\s/.test(char) && !quoted && depth === 0) {
      if (word !== "") found.push(word);
      word = "";
    } else {
      word += char;
    }
  }
  if (word.trim() !== "") found.push(word);
  return found;
}

function isQuoted(text: string): boolean {
  return text.startsWith('"');
}

function unquote(text: string): string {
  return /^"[\s\S]*"$/.test(text) ? text.slice(1, -1).replaceAll('\\"', '"') : text;
}
