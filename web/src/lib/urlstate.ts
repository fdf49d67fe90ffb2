import { DEFAULT_PERIOD, periodMs, type TimeRange } from "./time.ts";

/** A query string as read: a key that occurs twice is a list. */
export type RawSearch = { [key: string]: unknown };

/** What every data screen keeps in its URL. */
export interface ScopeSearch {
  readonly project?: readonly string[] | undefined;
  readonly env?: readonly string[] | undefined;
  readonly t?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface IssuesSearch extends ScopeSearch {
  /** Absent is the default view; empty is "everything". */
  readonly q?: string | undefined;
  readonly sort?: IssueSort | undefined;
  /** Short id of the issue in the peek panel. */
  readonly sel?: string | undefined;
}

export interface IssueSearch extends ScopeSearch {
  readonly event?: string | undefined;
  readonly frames?: FramesMode | undefined;
  /** The tag whose values are listed. */
  readonly key?: string | undefined;
  /** Filter of the list of events. */
  readonly q?: string | undefined;
}

export const ISSUE_SORTS: readonly IssueSort[] = ["date", "new", "freq", "user"];
export type IssueSort = "date" | "new" | "freq" | "user";
export type FramesMode = "app" | "full" | "raw";

export function parseSearch(text: string): RawSearch {
  const search: RawSearch = {};
  for (const [key, value] of new URLSearchParams(text)) {
    const before = search[key];
    if (before === undefined) search[key] = value;
    else search[key] = Array.isArray(before) ? [...before, value] : [before, value];
  }
  return search;
}

export function stringifySearch(search: RawSearch): string {
  const out = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value === undefined || value === null) continue;
    if (Array.isArray(value)) for (const one of value) out.append(key, String(one));
    else out.append(key, String(value));
  }
  // `:` and `,` are legal in a query, and queries are full of them: keep them readable.
  const text = out.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
  return text === "" ? "" : `?${text}`;
}

/** Unknown keys are kept, so that a link made by a newer version survives; invalid ones are dropped. */
export function scopeSearch(raw: RawSearch): RawSearch & ScopeSearch {
  const from = isoOf(raw.from);
  const to = isoOf(raw.to);
  const between = from !== undefined && to !== undefined && from < to;
  const period = textOf(raw.t);
  return {
    ...raw,
    project: listOf(raw.project),
    env: listOf(raw.env),
    t: !between && period !== undefined && periodMs(period) !== null ? period : undefined,
    from: between ? from : undefined,
    to: between ? to : undefined,
  };
}

export function issuesSearch(raw: RawSearch): IssuesSearch {
  return {
    ...scopeSearch(raw),
    q: textOf(raw.q),
    sort: oneOf(ISSUE_SORTS, raw.sort),
    sel: textOf(raw.sel),
  };
}

export function issueSearch(raw: RawSearch): IssueSearch {
  return {
    ...scopeSearch(raw),
    event: textOf(raw.event),
    frames: oneOf(["app", "full", "raw"], raw.frames),
    key: textOf(raw.key),
    q: textOf(raw.q),
  };
}

export function rangeOf(search: ScopeSearch): TimeRange {
  if (search.from !== undefined && search.to !== undefined) {
    return { kind: "between", from: search.from, to: search.to };
  }
  return { kind: "last", period: search.t ?? DEFAULT_PERIOD };
}

export function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? textOf(value[0]) : undefined;
}

function listOf(value: unknown): readonly string[] | undefined {
  const list = Array.isArray(value) ? value : [value];
  const texts = list.filter((one): one is string => typeof one === "string" && one !== "");
  return texts.length === 0 ? undefined : texts;
}

function isoOf(value: unknown): string | undefined {
  const ms = Date.parse(textOf(value) ?? "");
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

export function oneOf<T extends string>(allowed: readonly T[], value: unknown): T | undefined {
  return allowed.find((one) => one === textOf(value));
}
