// One visit to a game as one trace: a root span for the visit, and in it a span for each round.
import * as Sentry from "@sentry/angular";
import type { Attributes, Visit } from "./watch";

/** A visit during which nobody plays ends; the next round starts a new one. Only what has ended is told of. */
const IDLE_MS = 15_000;

export class SentryVisit implements Visit {
  private root: Sentry.Span | undefined;
  private idle: ReturnType<typeof setTimeout> | undefined;
  private playing = 0;
  /** When the last round was over, in seconds since 1970: who looks at the result does not wait for it. */
  private played: number | undefined;
  private readonly leave = () => this.end();
  private readonly hide = () => {
    if (document.hidden && this.playing === 0) this.end();
  };

  constructor(
    private readonly name: string,
    private readonly game: string,
  ) {}

  async round<T>(
    name: string,
    attributes: Attributes,
    play: (add: (more: Attributes) => void) => Promise<T>,
  ): Promise<T> {
    const root = this.open();
    clearTimeout(this.idle);
    this.playing += 1;
    try {
      // The request must be sent before the first await of `play`: browsers do not keep the active span across it.
      return await Sentry.startSpan(
        { name, op: "game.round", parentSpan: root, attributes: { game: this.game, ...attributes } },
        (span) => play((more) => void span.setAttributes(more)),
      );
    } finally {
      this.playing -= 1;
      this.played = Date.now() / 1000;
      if (this.playing === 0) this.idle = setTimeout(this.leave, IDLE_MS);
      this.hide();
    }
  }

  within(work: () => void): void {
    if (this.root === undefined) work();
    else Sentry.withActiveSpan(this.root, work);
  }

  end(): void {
    clearTimeout(this.idle);
    window.removeEventListener("pagehide", this.leave);
    document.removeEventListener("visibilitychange", this.hide);
    this.root?.end(this.playing === 0 ? this.played : undefined);
    this.root = undefined;
  }

  private open(): Sentry.Span {
    if (this.root === undefined) {
      this.root = Sentry.startNewTrace(() =>
        Sentry.startInactiveSpan({ name: this.name, op: "game.visit", attributes: { game: this.game } }),
      );
      // Without an end the root would never be sent: the visit ends with its tab, or when another one is looked at.
      window.addEventListener("pagehide", this.leave);
      document.addEventListener("visibilitychange", this.hide);
    }
    return this.root;
  }
}
