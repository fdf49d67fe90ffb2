// The live table: a WebSocket over which bets go out and results of all come in, each message with its trace.
// Reconnects with growing pauses, keeps the newest few, and draws at most once per frame.
import { HttpErrorResponse } from "@angular/common/http";
import { DestroyRef, Injectable, inject, signal } from "@angular/core";
import type { RouletteBet, RouletteSpin } from "../../gateway/bodies";
import { Credentials } from "../../gateway/credentials";
import { toFailure } from "../../gateway/failure";
import type { TraceFields } from "../../watch/watch";
import { WATCH } from "../../watch/watch";
import { describeBet } from "./bets";
import { Pending } from "./pending";

export type TableState = "connecting" | "live" | "quiet" | "away";

export interface Line {
  readonly id: number;
  readonly text: string;
}

interface Message extends TraceFields {
  readonly type?: string;
  readonly request_uuid?: unknown;
  readonly round?: unknown;
  readonly players?: unknown;
  readonly last?: readonly unknown[];
  readonly payout_minor?: unknown;
  readonly player?: unknown;
  readonly number?: unknown;
  readonly colour?: unknown;
  readonly bets?: readonly { readonly numbers?: readonly number[] }[];
}

const LINES_KEPT = 6;
const RESULTS_KEPT = 10;
const QUIET_MS = 20_000;
/** The provider may take half a minute. */
const ANSWER_MS = 35_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** A flood is drawn and counted, but only so many messages a second become spans. */
const TRACED_PER_SECOND = 4;

@Injectable()
export class LiveTable {
  private readonly credentials = inject(Credentials);
  private readonly watch = inject(WATCH);

  readonly state = signal<TableState>("connecting");
  readonly lines = signal<readonly Line[]>([]);
  readonly results = signal<readonly number[]>([]);
  readonly perSecond = signal(0);
  readonly players = signal(0);

  private readonly pending = new Pending<RouletteSpin>();
  private socket: WebSocket | undefined;
  private pause = FIRST_PAUSE_MS;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private fresh: Line[] = [];
  private news: { last?: readonly number[]; players?: number } = {};
  private frame = 0;
  private count = 0;
  private traced = 0;
  private lastId = 0;
  private lastAt = Date.now();
  private closed = false;

  constructor() {
    const beat = setInterval(() => this.beat(), 1_000);
    inject(DestroyRef).onDestroy(() => {
      this.closed = true;
      clearInterval(beat);
      clearTimeout(this.retry);
      cancelAnimationFrame(this.frame);
      this.socket?.close();
      this.pending.abandon();
    });
  }

  /** Whether a bet may go over the socket now. */
  get open(): boolean {
    return this.state() === "live" && this.socket?.readyState === WebSocket.OPEN;
  }

  /** `null` when no answer came over the socket: the same `request_uuid` may be asked for again by HTTP. */
  bet(bets: readonly RouletteBet[], request_uuid: string): Promise<RouletteSpin | null> {
    const fault = this.credentials.fault;
    const message = {
      type: "bet",
      bets,
      request_uuid,
      ...(fault === null ? {} : { "x-casino-fault": fault }),
    };
    this.socket?.send(JSON.stringify({ ...message, ...this.watch.traceFields() }));
    return this.pending.wait(request_uuid, ANSWER_MS);
  }

  connect(): void {
    if (this.closed) return;
    const address = new URL("/ws/tables/roulette", location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    address.searchParams.set("token", this.credentials.token ?? "");
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.onopen = () => this.opened();
    socket.onmessage = ({ data }) => this.receive(String(data));
    socket.onclose = () => this.later();
  }

  private opened(): void {
    this.pause = FIRST_PAUSE_MS;
    this.lastAt = Date.now();
    this.state.set("live");
  }

  private later(): void {
    this.pending.abandon();
    if (this.closed) return;
    this.state.set("away");
    this.retry = setTimeout(() => this.connect(), this.pause);
    this.pause = Math.min(LONGEST_PAUSE_MS, this.pause * 2);
  }

  private receive(text: string): void {
    this.count += 1;
    this.lastAt = Date.now();
    const message = parse(text);
    if (message === null) return;
    if (this.traced >= TRACED_PER_SECOND) {
      this.take(message);
      return;
    }
    this.traced += 1;
    this.watch.received(message, `table ${message.type ?? "message"}`, { game: "roulette" }, () =>
      this.take(message),
    );
  }

  private take(message: Message): void {
    this.answer(message);
    const text = narrate(message);
    if (text !== null) {
      this.lastId += 1;
      this.fresh = [{ id: this.lastId, text }, ...this.fresh].slice(0, LINES_KEPT);
    }
    this.news = { ...this.news, ...newsOf(message) };
    if (typeof message.number === "number")
      this.news.last = [...(this.news.last ?? []), message.number].slice(-RESULTS_KEPT);
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.draw());
  }

  /** Results go to all at the table; the one with our number is ours. */
  private answer(message: Message): void {
    if (typeof message.request_uuid !== "string") return;
    if (message.type === "result")
      this.pending.resolve(message.request_uuid, message as unknown as RouletteSpin);
    if (message.type === "error") this.pending.reject(message.request_uuid, refusal(message));
  }

  private draw(): void {
    this.frame = 0;
    this.lines.update((lines) => [...this.fresh, ...lines].slice(0, LINES_KEPT));
    this.fresh = [];
    this.results.set([...(this.news.last ?? [])].reverse());
    this.players.set(this.news.players ?? 0);
  }

  private beat(): void {
    this.perSecond.set(this.count);
    this.count = 0;
    this.traced = 0;
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.state.set(Date.now() - this.lastAt > QUIET_MS ? "quiet" : "live");
  }
}

function parse(text: string): Message | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Message) : null;
  } catch {
    return null;
  }
}

/** The same failure as the HTTP request would give. */
function refusal(message: Message): Error {
  const error = message as { error?: { code?: unknown } };
  const status = error.error?.code === "internal" ? 500 : 400;
  return toFailure(new HttpErrorResponse({ status, error, url: "/ws/tables/roulette" }));
}

function newsOf({ last, players }: Message): { last?: readonly number[]; players?: number } {
  const numbers = last?.filter((number): number is number => typeof number === "number").slice(-RESULTS_KEPT);
  return {
    ...(numbers === undefined ? {} : { last: numbers }),
    ...(typeof players === "number" ? { players } : {}),
  };
}

function narrate(message: Message): string | null {
  if (message.type === "result" && typeof message.number === "number") {
    const won = typeof message.payout_minor === "number" && message.payout_minor > 0;
    return `${message.number} ${String(message.colour ?? "")}. ${won ? "Somebody won." : "The house keeps it."}`;
  }
  if (message.type !== "bet") return null;
  const on = (message.bets ?? [])
    .map(({ numbers }) => describeBet(numbers ?? []))
    .filter((text) => text !== "");
  return `${String(message.player ?? "Somebody")} bets${on.length === 0 ? "" : ` on ${on.slice(0, 2).join(" and ")}`}.`;
}
