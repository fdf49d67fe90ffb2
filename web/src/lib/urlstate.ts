import { DEFAULT_PERIOD, periodMs, type TimeRange } from "./time.ts";
import { ONLY, type Only } from "./trace/rows.ts";

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

/** Everything that can be seen differently in one trace. */
export interface TraceSearch {
  /** The span the cursor is on. */
  readonly span?: string | undefined;
  /** Whether its details are open. */
  readonly details?: "1" | undefined;
  /** `from-to` in milliseconds since the trace began. */
  readonly zoom?: string | undefined;
  /** Spans whose children are folded away, with commas between. */
  readonly fold?: string | undefined;
  readonly find?: string | undefined;
  readonly only?: Only | undefined;
  /** Spans that a link points out, with commas between. */
  readonly mark?: string | undefined;
  /** Projects whose spans are shown, with commas between; all, if none is said. */
  readonly service?: string | undefined;
  readonly as?: "flame" | undefined;
  /** Whether repeated siblings stand one by one; else those that are unfolded, by the first of each. */
  readonly repeats?: "1" | undefined;
  readonly spread?: string | undefined;
}

export const SPANS_TABS: readonly SpansTab[] = ["spans", "aggregates"];
export type SpansTab = "spans" | "aggregates";
export const SPANS_CHARTS: readonly SpansChart[] = ["count", "p95", "failures", "heatmap"];
export type SpansChart = "count" | "p95" | "failures" | "heatmap";

export interface SpansSearch extends ScopeSearch {
  readonly q?: string | undefined;
  readonly tab?: SpansTab | undefined;
  readonly chart?: SpansChart | undefined;
  /** Fields that aggregates are grouped by, and the aggregates. */
  readonly by?: readonly string[] | undefined;
  readonly fn?: readonly string[] | undefined;
  readonly sort?: string | undefined;
}

export const ENDPOINT_KINDS: readonly EndpointKind[] = ["server", "client", "consumer"];
export type EndpointKind = "server" | "client" | "consumer";

export interface EndpointsSearch extends ScopeSearch {
  readonly q?: string | undefined;
  readonly kind?: EndpointKind | undefined;
  readonly sort?: string | undefined;
}

/** One endpoint, named by its transaction and operation. */
export interface EndpointSearch extends ScopeSearch {
  readonly name?: string | undefined;
  readonly op?: string | undefined;
  readonly samples?: SampleKind | undefined;
}

export interface QueriesSearch extends ScopeSearch {
  readonly q?: string | undefined;
  readonly sort?: string | undefined;
}

export interface QuerySearch extends ScopeSearch {
  readonly samples?: SampleKind | undefined;
}

export const SAMPLE_KINDS: readonly SampleKind[] = ["slow", "failed", "recent"];
export type SampleKind = "slow" | "failed" | "recent";

export interface VitalsSearch extends ScopeSearch {
  readonly q?: string | undefined;
  readonly sort?: string | undefined;
  /** The page that is looked at, by its transaction. */
  readonly page?: string | undefined;
  readonly vital?: Vital | undefined;
}

export const VITALS: readonly Vital[] = ["lcp", "inp", "cls", "fcp", "ttfb"];
export type Vital = "lcp" | "inp" | "cls" | "fcp" | "ttfb";

/** Two sets of spans, by what both have in common and what each is. */
export interface CompareSearch extends ScopeSearch {
  readonly q?: string | undefined;
  readonly left?: string | undefined;
  /** All others, if it is not said. */
  readonly right?: string | undefined;
}

export const PROFILES_TABS: readonly ProfilesTab[] = ["flame", "compare", "functions", "changes", "list"];
export type ProfilesTab = "flame" | "compare" | "functions" | "changes" | "list";
export const PROFILE_KINDS: readonly ProfileKind[] = ["transaction", "continuous"];
export type ProfileKind = "transaction" | "continuous";

export interface ProfilesSearch extends ScopeSearch {
  readonly tab?: ProfilesTab | undefined;
  readonly kind?: ProfileKind | undefined;
  readonly transaction?: string | undefined;
  readonly release?: string | undefined;
  /** The release that `release` is compared with. */
  readonly before?: string | undefined;
  /** Only the customer's own code. */
  readonly code?: "app" | undefined;
  readonly sort?: string | undefined;
  /** What is highlighted in the flame graph. */
  readonly find?: string | undefined;
  /** `from-to` in microseconds on the axis of the flame graph. */
  readonly zoom?: string | undefined;
}

export const PROFILE_VIEWS: readonly ProfileView[] = ["flame", "time", "down", "up"];
export type ProfileView = "flame" | "time" | "down" | "up";

/** Everything that can be seen differently in one profile. */
export interface ProfileSearch {
  /** The project it is of. */
  readonly project?: readonly string[] | undefined;
  /** The profiler, where it is a time of a continuous profile. */
  readonly profiler?: string | undefined;
  /** `from-to` in seconds since 1970: only that much of it. */
  readonly slice?: string | undefined;
  readonly thread?: string | undefined;
  readonly view?: ProfileView | undefined;
  readonly find?: string | undefined;
  readonly zoom?: string | undefined;
  /** The span it was opened from. */
  readonly trace?: string | undefined;
  readonly span?: string | undefined;
}

export const RELEASE_SORTS: readonly ReleaseSort[] = ["date", "semver"];
export type ReleaseSort = "date" | "semver";

export interface ReleasesSearch extends ScopeSearch {
  /** Part of a version. */
  readonly q?: string | undefined;
  readonly sort?: ReleaseSort | undefined;
  readonly status?: "archived" | undefined;
}

export const RELEASE_TABS: readonly ReleaseTab[] = ["overview", "compare", "commits", "artifacts"];
export type ReleaseTab = "overview" | "compare" | "commits" | "artifacts";

export interface ReleaseSearch extends ScopeSearch {
  readonly tab?: ReleaseTab | undefined;
  /** The release that it is compared with; the one before, if none is said. */
  readonly previous?: string | undefined;
  /** Only what is more than chance. */
  readonly only?: "significant" | undefined;
  /** What uploaded files are searched for. */
  readonly q?: string | undefined;
}

export const UPLOAD_KINDS: readonly UploadKind[] = ["bundles", "debug"];
export type UploadKind = "bundles" | "debug";

export interface UploadsSearch {
  readonly kind?: UploadKind | undefined;
  readonly q?: string | undefined;
}

export interface FiringSearch {
  readonly state?: "ended" | undefined;
  /** Fingerprint of the alert whose story is told. */
  readonly why?: string | undefined;
}

export interface RulesSearch {
  readonly q?: string | undefined;
}

export const RULE_KINDS: readonly RuleKind[] = ["issue", "metric"];
export type RuleKind = "issue" | "metric";

/** What a new rule begins with. */
export interface NewRuleSearch {
  readonly kind?: RuleKind | undefined;
  /** Its slug. */
  readonly in?: string | undefined;
  /** The type of error of the issue it was begun from. */
  readonly error?: string | undefined;
}

export const HISTORY_VIEWS: readonly HistoryView[] = ["sent", "deliveries", "decisions", "noise"];
export type HistoryView = "sent" | "deliveries" | "decisions" | "noise";

export interface HistorySearch {
  readonly view?: HistoryView | undefined;
  readonly state?: DeliveryState | undefined;
  readonly t?: string | undefined;
}

export const DELIVERY_STATES: readonly DeliveryState[] = ["waiting", "delivered", "dead"];
export type DeliveryState = "waiting" | "delivered" | "dead";

export interface IncidentsSearch {
  readonly state?: "resolved" | undefined;
}

export interface SilencesSearch {
  readonly expired?: "1" | undefined;
}

export const CRON_SPANS: readonly CronSpan[] = ["48h", "30d"];
export type CronSpan = "48h" | "30d";

export interface CronsSearch extends ScopeSearch {
  readonly q?: string | undefined;
  readonly span?: CronSpan | undefined;
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

export function traceSearch(raw: RawSearch): TraceSearch {
  return {
    ...raw,
    span: textOf(raw.span),
    details: oneOf(["1"], raw.details),
    zoom: textOf(raw.zoom),
    fold: textOf(raw.fold),
    find: textOf(raw.find),
    only: oneOf(ONLY, raw.only),
    mark: textOf(raw.mark),
    service: textOf(raw.service),
    as: oneOf(["flame"], raw.as),
    repeats: oneOf(["1"], raw.repeats),
    spread: textOf(raw.spread),
  };
}

export function spansSearch(raw: RawSearch): SpansSearch {
  return {
    ...scopeSearch(raw),
    q: textOf(raw.q),
    tab: oneOf(SPANS_TABS, raw.tab),
    chart: oneOf(SPANS_CHARTS, raw.chart),
    by: listOf(raw.by),
    fn: listOf(raw.fn),
    sort: textOf(raw.sort),
  };
}

export function endpointsSearch(raw: RawSearch): EndpointsSearch {
  return {
    ...scopeSearch(raw),
    q: textOf(raw.q),
    kind: oneOf(ENDPOINT_KINDS, raw.kind),
    sort: textOf(raw.sort),
  };
}

export function endpointSearch(raw: RawSearch): EndpointSearch {
  return {
    ...scopeSearch(raw),
    name: textOf(raw.name),
    op: textOf(raw.op),
    samples: oneOf(SAMPLE_KINDS, raw.samples),
  };
}

export function queriesSearch(raw: RawSearch): QueriesSearch {
  return { ...scopeSearch(raw), q: textOf(raw.q), sort: textOf(raw.sort) };
}

export function querySearch(raw: RawSearch): QuerySearch {
  return { ...scopeSearch(raw), samples: oneOf(SAMPLE_KINDS, raw.samples) };
}

export function vitalsSearch(raw: RawSearch): VitalsSearch {
  return {
    ...scopeSearch(raw),
    q: textOf(raw.q),
    sort: textOf(raw.sort),
    page: textOf(raw.page),
    vital: oneOf(VITALS, raw.vital),
  };
}

export function compareSearch(raw: RawSearch): CompareSearch {
  return { ...scopeSearch(raw), q: textOf(raw.q), left: textOf(raw.left), right: textOf(raw.right) };
}

/** The part of a screen's state that the next screen goes on with. */
export function scopeOf({ project, env, t, from, to }: ScopeSearch): ScopeSearch {
  return { project, env, t, from, to };
}

export function profilesSearch(raw: RawSearch): ProfilesSearch {
  return {
    ...scopeSearch(raw),
    tab: oneOf(PROFILES_TABS, raw.tab),
    kind: oneOf(PROFILE_KINDS, raw.kind),
    transaction: textOf(raw.transaction),
    release: textOf(raw.release),
    before: textOf(raw.before),
    code: oneOf(["app"], raw.code),
    sort: textOf(raw.sort),
    find: textOf(raw.find),
    zoom: textOf(raw.zoom),
  };
}

export function releasesSearch(raw: RawSearch): ReleasesSearch {
  return {
    ...scopeSearch(raw),
    q: textOf(raw.q),
    sort: oneOf(RELEASE_SORTS, raw.sort),
    status: oneOf(["archived"], raw.status),
  };
}

export function releaseSearch(raw: RawSearch): ReleaseSearch {
  return {
    ...scopeSearch(raw),
    tab: oneOf(RELEASE_TABS, raw.tab),
    previous: textOf(raw.previous),
    only: oneOf(["significant"], raw.only),
    q: textOf(raw.q),
  };
}

export function uploadsSearch(raw: RawSearch): UploadsSearch {
  return { ...raw, kind: oneOf(UPLOAD_KINDS, raw.kind), q: textOf(raw.q) };
}

export function firingSearch(raw: RawSearch): FiringSearch {
  return { ...raw, state: oneOf(["ended"], raw.state), why: textOf(raw.why) };
}

export function rulesSearch(raw: RawSearch): RulesSearch {
  return { ...raw, q: textOf(raw.q) };
}

export function newRuleSearch(raw: RawSearch): NewRuleSearch {
  return { ...raw, kind: oneOf(RULE_KINDS, raw.kind), in: textOf(raw.in), error: textOf(raw.error) };
}

export function historySearch(raw: RawSearch): HistorySearch {
  return {
    ...raw,
    view: oneOf(HISTORY_VIEWS, raw.view),
    state: oneOf(DELIVERY_STATES, raw.state),
    t: oneOf(["24h", "7d", "30d", "90d"], raw.t),
  };
}

export function incidentsSearch(raw: RawSearch): IncidentsSearch {
  return { ...raw, state: oneOf(["resolved"], raw.state) };
}

export function silencesSearch(raw: RawSearch): SilencesSearch {
  return { ...raw, expired: oneOf(["1"], raw.expired) };
}

export function cronsSearch(raw: RawSearch): CronsSearch {
  return { ...scopeSearch(raw), q: textOf(raw.q), span: oneOf(CRON_SPANS, raw.span) };
}

export function profileSearch(raw: RawSearch): ProfileSearch {
  return {
    ...raw,
    project: listOf(raw.project),
    profiler: textOf(raw.profiler),
    slice: textOf(raw.slice),
    thread: textOf(raw.thread),
    view: oneOf(PROFILE_VIEWS, raw.view),
    find: textOf(raw.find),
    zoom: textOf(raw.zoom),
    trace: textOf(raw.trace),
    span: textOf(raw.span),
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
