// What the pages tell whoever watches them. The SDK is behind this interface, so that it can stay away altogether.
import { type EnvironmentProviders, InjectionToken, type Provider } from "@angular/core";
import type { Player } from "../gateway/bodies";

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** The fields that carry a trace in a WebSocket message. */
export interface TraceFields {
  readonly "sentry-trace"?: string;
  readonly baggage?: string;
}

/** One visit to a game: one trace, with a span for each round played. */
export interface Visit {
  /** Runs one round; its requests belong to its span. The callback's argument adds what came out. */
  round<T>(
    name: string,
    attributes: Attributes,
    play: (add: (more: Attributes) => void) => Promise<T>,
  ): Promise<T>;
  /** Runs something that belongs to the visit but to no round, so that its errors lead to the trace. */
  within(work: () => void): void;
  end(): void;
}

export interface Watch {
  readonly providers: readonly (Provider | EnvironmentProviders)[];
  readonly takesFeedback: boolean;
  player(player: Player): void;
  /** `null` when a game is left. */
  game(game: string | null): void;
  flag(name: string, value: unknown): void;
  visit(name: string, game: string): Visit;
  measure(name: "casino.bet" | "casino.payout" | "casino.rtp", value: number, attributes: Attributes): void;
  note(message: string, attributes: Attributes): void;
  /** Runs the handling of a message as a part of the trace that the message brings along. */
  received(fields: TraceFields, name: string, attributes: Attributes, work: () => void): void;
  /** The fields for a message that is sent. */
  traceFields(): TraceFields;
  openFeedback(): Promise<void>;
}

export const WATCH = new InjectionToken<Watch>("watch");

const silentVisit: Visit = {
  round: (_name, _attributes, play) => play(() => {}),
  within: (work) => work(),
  end: () => {},
};

/** Nobody watches. */
export const silentWatch: Watch = {
  providers: [],
  takesFeedback: false,
  player: () => {},
  game: () => {},
  flag: () => {},
  visit: () => silentVisit,
  measure: () => {},
  note: () => {},
  received: (_fields, _name, _attributes, work) => work(),
  traceFields: () => ({}),
  openFeedback: () => Promise.resolve(),
};
