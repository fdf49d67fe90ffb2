/** Statements of databases, laid out for reading. */

/** Words that begin a line. */
const LINES =
  /^(?:select|from|where|group by|order by|having|limit|offset|returning|set|values|union(?: all)?|with|insert into|update|delete from|on conflict|(?:(?:left|right|full|inner|cross)(?: outer)? )?join)$/i;
/** Words that begin a line within a part. */
const INNER = /^(?:and|or|on)$/i;
const PAIRS =
  /^(?:group by|order by|union all|insert into|delete from|on conflict|(?:left|right|full|inner|cross)(?: outer)? join)/i;
const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*|\/\*[\s\S]*?\*\/|\s+|[\w$.%:@?*]+|[(),;]|[^\s\w'"`(),;]+|[\s\S]/g;
/** Longer statements are shown as they are. */
const FORMATTED_MAX = 20_000;

/** What a statement is written in, as far as colours are concerned. */
export function languageOf(statement: string): "sql" | "javascript" {
  return /^\s*[{[]/.test(statement) ? "javascript" : "sql";
}

/** The statement with line breaks where its parts begin. Only blanks differ from what was given. */
export function formatStatement(statement: string): string {
  if (statement.length > FORMATTED_MAX) return statement;
  if (languageOf(statement) === "javascript") return indented(statement);
  const words = joined(statement.match(TOKEN) ?? []);
  let out = "";
  let depth = 0;
  for (const word of words) {
    if (/^\s+$/.test(word)) {
      if (!/\s$/.test(out)) out += " ";
      continue;
    }
    if (word === ")") depth = Math.max(0, depth - 1);
    // Inside parentheses a part stays on its line: most are short lists.
    if (out !== "" && depth === 0 && LINES.test(word)) out = `${out.trimEnd()}\n`;
    else if (out !== "" && depth === 0 && INNER.test(word)) out = `${out.trimEnd()}\n  `;
    out += word;
    if (word === "(") depth += 1;
  }
  return out.trim();
}

/** Puts words together that mean one thing: `ORDER BY`, `LEFT OUTER JOIN`. */
function joined(tokens: readonly string[]): readonly string[] {
  const words: string[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const ahead = tokens
      .slice(index, index + 5)
      .join("")
      .replace(/\s+/g, " ");
    const pair = PAIRS.exec(ahead)?.[0];
    if (pair === undefined || !/^(?:\W|$)/.test(ahead.slice(pair.length))) {
      words.push(tokens[index] ?? "");
      continue;
    }
    words.push(pair);
    index += pair.split(" ").length * 2 - 2;
  }
  return words;
}

function indented(statement: string): string {
  try {
    return JSON.stringify(JSON.parse(statement), null, 2);
  } catch {
    return statement;
  }
}
