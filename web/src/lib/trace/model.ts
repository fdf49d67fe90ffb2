/** A trace laid out flat, in the order of its rows: what the screen walks, folds, searches and draws. */
import type { Odd, TraceEvent, TraceRoot, TraceSpan } from "../api/trace-types.ts";
import { selfTimes } from "./self-time.ts";

/** A row: a span, or an event whose span is not there. */
export interface Item {
  /** Index in the trace; what it caused comes right after it. */
  readonly place: number;
  /** Names it in the URL: the id, with the place where an id occurs again. */
  readonly key: string;
  /** Place of what caused it, or -1. */
  readonly parent: number;
  readonly depth: number;
  /** In milliseconds since the trace began. */
  readonly start: number;
  readonly duration: number;
  readonly of: TraceRoot;
  /** Place after the last of all that it caused. */
  end: number;
  /** How much it caused directly. */
  children: number;
  /** Events of it and of all that it caused. */
  events: number;
  /** Milliseconds in which nothing that it caused was running, in whatever service. */
  self: number;
}

/** A project's part in a trace. */
export interface Service {
  readonly slug: string;
  readonly project: string;
  spans: number;
  /** Milliseconds in which its spans waited for no other. */
  self: number;
}

export interface Trace {
  readonly items: readonly Item[];
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly duration: number;
  readonly services: readonly Service[];
  readonly spans: number;
  /** Each event once. */
  readonly events: readonly TraceEvent[];
  /** How many spans are odd, by what is odd. */
  readonly odd: ReadonlyMap<Odd, number>;
}

/** Does not call itself: a trace may be one chain of all its spans. */
export function layOut(roots: readonly TraceRoot[]): Trace {
  const { began, ended } = extent(roots);
  const items: Item[] = [];
  const keys = new Set<string>();
  const open: { of: TraceRoot; parent: number; depth: number }[] = [];
  for (const root of roots.toReversed()) open.push({ of: root, parent: -1, depth: 0 });
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { of, parent, depth } = next;
    const place = items.length;
    const id = idOf(of);
    const key = keys.has(id) ? `${id}.${place}` : id;
    keys.add(key);
    items.push({
      place,
      key,
      parent,
      depth,
      start: of.start_timestamp * 1000 - began,
      duration: of.event_type === "span" ? of.duration : 0,
      of,
      end: place + 1,
      children: childrenOf(of).length,
      events: eventsOf(of).length,
      self: 0,
    });
    const children = childrenOf(of);
    for (let index = children.length - 1; index >= 0; index -= 1) {
      const child = children[index];
      if (child !== undefined) open.push({ of: child, parent: place, depth: depth + 1 });
    }
  }
  addUp(items);
  return { items, began, duration: Math.max(0, ended - began), ...summary(items) };
}

export function childrenOf(of: TraceRoot): readonly TraceSpan[] {
  return of.event_type === "span" ? of.children : [];
}

/** Errors and findings of a row itself. */
export function eventsOf(of: TraceRoot): readonly TraceEvent[] {
  if (of.event_type !== "span") return [of];
  return of.occurrences.length === 0 ? of.errors : [...of.errors, ...of.occurrences];
}

const FINE = ["", "ok", "cancelled", "unknown", "unset"];

/** Whether a row shall be seen as an error. */
export function hasFailed(of: TraceRoot): boolean {
  if (of.event_type !== "span") return of.event_type === "error";
  return of.errors.length > 0 || !FINE.includes(of.status ?? "");
}

/** What a row is called besides its operation. */
export function titleOf(of: TraceRoot): string {
  if (of.event_type !== "span") return of.title;
  return of.description ?? of.name;
}

export function itemOf(trace: Trace, key: string | undefined): Item | undefined {
  return key === undefined ? undefined : trace.items.find((item) => item.key === key);
}

function idOf(of: TraceRoot): string {
  return of.event_type === "span" ? of.span_id : of.event_id;
}

/** Milliseconds since 1970. */
function extent(roots: readonly TraceRoot[]): { began: number; ended: number } {
  let began = Number.POSITIVE_INFINITY;
  let ended = Number.NEGATIVE_INFINITY;
  const open: TraceRoot[] = [...roots];
  for (let of = open.pop(); of !== undefined; of = open.pop()) {
    began = Math.min(began, of.start_timestamp);
    ended = Math.max(ended, of.event_type === "span" ? of.end_timestamp : of.start_timestamp);
    for (const child of childrenOf(of)) open.push(child);
  }
  return began === Number.POSITIVE_INFINITY
    ? { began: 0, ended: 0 }
    : { began: began * 1000, ended: ended * 1000 };
}

/** Hands ends and counts up to what caused an item: whoever causes comes before what is caused. */
function addUp(items: readonly Item[]): void {
  for (let place = items.length - 1; place >= 0; place -= 1) {
    const item = items[place];
    const parent = item === undefined ? undefined : items[item.parent];
    if (item === undefined || parent === undefined) continue;
    parent.end = Math.max(parent.end, item.end);
    parent.events += item.events;
  }
  const self = selfTimes(items);
  for (const item of items) item.self = self[item.place] ?? 0;
}

function summary(items: readonly Item[]): Pick<Trace, "services" | "spans" | "events" | "odd"> {
  const services = new Map<string, Service>();
  const events = new Map<string, TraceEvent>();
  const odd = new Map<Odd, number>();
  let spans = 0;
  for (const { of, self } of items) {
    for (const event of eventsOf(of)) events.set(event.event_id, event);
    if (of.event_type !== "span") continue;
    spans += 1;
    for (const what of of.odd) odd.set(what, (odd.get(what) ?? 0) + 1);
    const slug = of.project_slug;
    const service = services.get(slug) ?? { slug, project: String(of.project_id), spans: 0, self: 0 };
    service.spans += 1;
    service.self += self;
    services.set(slug, service);
  }
  return { services: [...services.values()], spans, events: [...events.values()], odd };
}
