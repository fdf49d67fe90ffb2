import { useEffect, useRef } from "react";
import { isObject } from "./json.ts";
import { Store } from "./store.ts";

/** A hint that something changed; what exactly, the API says. */
export type LiveHint =
  | {
      readonly topic: "issue";
      readonly id: string;
      readonly shortId: string;
      readonly project: string;
      readonly kind: "new" | "updated" | "regressed";
    }
  | { readonly topic: "project"; readonly id: string }
  /** We fell behind, so anything may have changed. */
  | { readonly topic: "reload" };

export type LiveState = "connecting" | "connected" | "reconnecting" | "paused";

/** At most one delivery per this time, however much happens. */
const DELIVERY_MS = 500;
const BACKOFF_MIN_MS = 1_000;
const BACKOFF_MAX_MS = 30_000;

/** How the stream is doing, for the dot in the top bar. */
export const liveState = new Store<LiveState>("connecting");

/** How the connection itself is doing, also while nobody wants to hear. */
let stream: LiveState = "connecting";
const handlers = new Set<(hints: readonly LiveHint[]) => void>();
let waiting: LiveHint[] = [];
let delivery: ReturnType<typeof setTimeout> | undefined;

/** Calls `handler` with what happened since the last call. */
export function useLiveHints(handler: (hints: readonly LiveHint[]) => void): void {
  const latest = useRef(handler);
  latest.current = handler;
  useEffect(() => {
    const own = (hints: readonly LiveHint[]) => latest.current(hints);
    handlers.add(own);
    return () => {
      handlers.delete(own);
    };
  }, []);
}

export function togglePause(): void {
  liveState.set(liveState.get() === "paused" ? stream : "paused");
}

/**
 * Keeps one event stream per browser, because HTTP/1.1 allows six connections per host: the tab
 * that holds the lock listens and tells the others. Without locks (plain http), every visible tab
 * listens for itself.
 */
export function connectLive(organization: string): () => void {
  const stop = new AbortController();
  const channel = new BroadcastChannel(`pitwatch-live-${organization}`);
  channel.onmessage = (event: MessageEvent<unknown>) => receive(event.data);
  const lead = () =>
    listen(organization, stop.signal, (data) => {
      receive(data);
      channel.postMessage(data);
    });
  if (navigator.locks === undefined) {
    void listen(organization, stop.signal, receive);
  } else {
    // Another tab may be the one that listens; if it is this one, its own events say how it goes.
    show("connected");
    navigator.locks
      .request(`pitwatch-live-${organization}`, { signal: stop.signal }, lead)
      .catch(() => undefined);
  }
  return () => {
    stop.abort();
    channel.close();
    clearTimeout(delivery);
    delivery = undefined;
    waiting = [];
  };
}

/** Runs until `signal` aborts. Reconnects by itself, because `EventSource` gives up on an HTTP error. */
function listen(organization: string, signal: AbortSignal, tell: (data: unknown) => void): Promise<void> {
  return new Promise((resolve) => {
    let source: EventSource | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;

    const open = () => {
      source = new EventSource(`/live?org=${encodeURIComponent(organization)}`);
      source.onopen = () => {
        failures = 0;
        show("connected");
        // What happened before the stream was there, nobody has told us.
        tell({ topic: "reload", data: "" });
      };
      source.onerror = () => {
        source?.close();
        show("reconnecting");
        failures += 1;
        retry = setTimeout(open, backoffMs(failures, Math.random()));
      };
      for (const topic of ["issue", "project", "reload"]) {
        source.addEventListener(topic, (event: MessageEvent<string>) => tell({ topic, data: event.data }));
      }
    };

    signal.addEventListener("abort", () => {
      clearTimeout(retry);
      source?.close();
      resolve();
    });
    open();
  });
}

/** Doubles from one second to thirty; `dice` in 0..1 spreads the tabs of a restarted server. */
export function backoffMs(failures: number, dice: number): number {
  const full = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (failures - 1));
  return full * (0.5 + dice / 2);
}

function show(state: LiveState): void {
  stream = state;
  if (liveState.get() !== "paused") liveState.set(state);
}

function receive(message: unknown): void {
  if (liveState.get() === "paused") return;
  const hint = hintOf(message);
  if (hint === null) return;
  waiting.push(hint);
  delivery ??= setTimeout(deliver, DELIVERY_MS);
}

function deliver(): void {
  const hints = waiting;
  waiting = [];
  delivery = undefined;
  for (const handler of handlers) handler(hints);
}

export function hintOf(message: unknown): LiveHint | null {
  if (!isObject(message) || typeof message.data !== "string") return null;
  if (message.topic === "reload") return { topic: "reload" };
  const data = parse(message.data);
  if (!isObject(data)) return null;
  const id = String(data.id ?? "");
  if (message.topic === "project") return { topic: "project", id };
  if (message.topic !== "issue") return null;
  const kind = data.kind === "new" || data.kind === "regressed" ? data.kind : "updated";
  return {
    topic: "issue",
    id,
    shortId: String(data.shortId ?? ""),
    project: String(data.project ?? ""),
    kind,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
