/** Matchers of labels, in Alertmanager's form: `service="payments"`, `severity=~"warning|info"`. */

export type MatcherSign = "=" | "!=" | "=~" | "!~";
export const SIGNS: readonly MatcherSign[] = ["=", "!=", "=~", "!~"];

export interface Matcher {
  readonly label: string;
  readonly sign: MatcherSign;
  readonly value: string;
}

type Labels = Readonly<Record<string, string>>;

/** Longer patterns could keep the browser busy. */
const PATTERN_MAX = 200;

export function writeMatcher({ label, sign, value }: Matcher): string {
  return `${label.trim()}${sign}"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

export function readMatcher(text: string): Matcher | null {
  const found = /^\s*([^\s=!~"]+)\s*(=~|!=|!~|=)\s*(?:"((?:[^"\\]|\\.)*)"|(.*?))\s*$/.exec(text);
  const sign = SIGNS.find((one) => one === found?.[2]);
  if (found === null || sign === undefined) return null;
  const value = (found[3] ?? found[4] ?? "").replace(/\\(.)/g, "$1");
  return { label: found[1] ?? "", sign, value };
}

/** A missing label is an empty one; patterns are of the whole value. */
export function isMatch({ label, sign, value }: Matcher, labels: Labels): boolean {
  const is = labels[label.trim()] ?? "";
  if (sign === "=") return is === value;
  if (sign === "!=") return is !== value;
  const pattern = patternOf(value);
  if (pattern === null) return false;
  return pattern.test(is) === (sign === "=~");
}

/** Whether a pattern can be read; plain values always can. */
export function isReadable({ sign, value }: Matcher): boolean {
  return sign === "=" || sign === "!=" || patternOf(value) !== null;
}

function patternOf(value: string): RegExp | null {
  if (value.length > PATTERN_MAX) return null;
  try {
    return new RegExp(`^(?:${value})$`);
  } catch {
    return null;
  }
}

/** Those that all matchers fit; none if there are no matchers, as a silence of everything is never meant. */
export function matching<Labelled extends { readonly labels: Labels }>(
  matchers: readonly Matcher[],
  all: readonly Labelled[],
): readonly Labelled[] {
  const said = matchers.filter(({ label }) => label.trim() !== "");
  if (said.length === 0) return [];
  return all.filter(({ labels }) => said.every((matcher) => isMatch(matcher, labels)));
}

/** Whether a silence that is in force fits the labels. One that cannot be read here is left to the server. */
export function isSilenced(
  silences: readonly { readonly status: string; readonly matchers: readonly string[] }[],
  labels: Labels,
): boolean {
  return silences.some(({ status, matchers }) => {
    if (status !== "active") return false;
    const read = matchers.map(readMatcher).filter((matcher) => matcher !== null);
    return read.length === matchers.length && matching(read, [{ labels }]).length > 0;
  });
}

/** What makes an alert this one and no other, without what changes from day to day. */
const TELLING = ["alertname", "service", "issue", "environment"];

/** Matchers that a silence of one alert begins with. */
export function matchersOf(labels: Labels): readonly Matcher[] {
  return TELLING.flatMap((label) => {
    const value = labels[label];
    return value === undefined || value === "" ? [] : [{ label, sign: "=" as const, value }];
  });
}
