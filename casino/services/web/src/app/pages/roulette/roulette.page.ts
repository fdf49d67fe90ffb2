// Roulette: the player's own bets, and a live table of others beside it.
import { Component, computed, DestroyRef, inject, signal } from "@angular/core";
import { RouterLink } from "@angular/router";
import type { RouletteBet, RouletteSpin } from "../../gateway/bodies";
import type { GatewayFailure } from "../../gateway/failure";
import { Gateway } from "../../gateway/gateway";
import { FailureNotice } from "../../layout/failure-notice";
import { Report } from "../../layout/report";
import { money } from "../../session/money";
import { MoneyPipe } from "../../session/money.pipe";
import { Session } from "../../session/session";
import { WATCH } from "../../watch/watch";
import { type Chip, COLUMNS, colourOf, DOZENS, EVENS, onSpots, STRAIGHT, toBets } from "./bets";
import { LiveTable } from "./live-table";
import { Wheel } from "./wheel";

const CHIPS = [100, 500, 1_000, 5_000];
const CHIPS_AT_MOST = 60;
const FALL_MS = 2_400;
const TABLE_WORDS = {
  connecting: "Finding the table …",
  live: "Live",
  quiet: "The table is silent. Your own bets still work.",
  away: "The table is out of reach; trying again. Your own bets still work.",
};

@Component({
  selector: "casino-roulette-page",
  imports: [Wheel, MoneyPipe, FailureNotice, RouterLink],
  providers: [LiveTable],
  templateUrl: "./roulette.page.html",
  styleUrl: "./roulette.page.css",
})
export class RoulettePage {
  private readonly gateway = inject(Gateway);
  private readonly watch = inject(WATCH);
  private readonly report = inject(Report);
  private readonly visit = this.watch.visit("roulette-table", "roulette");
  protected readonly session = inject(Session);
  protected readonly table = inject(LiveTable);

  protected readonly values = CHIPS;
  protected readonly zero = STRAIGHT.slice(0, 1);
  protected readonly numbers = STRAIGHT.slice(1);
  protected readonly columns = COLUMNS;
  protected readonly dozens = DOZENS;
  protected readonly evens = EVENS;
  protected readonly colourOf = colourOf;

  protected readonly value = signal(500);
  protected readonly chips = signal<readonly Chip[]>([]);
  protected readonly phase = signal<"open" | "turning" | "falling">("open");
  protected readonly turning = computed(() => this.phase() === "turning");
  protected readonly busy = computed(() => this.phase() !== "open");
  protected readonly landed = computed(() => this.phase() === "open" && this.last() !== null);
  protected readonly last = signal<RouletteSpin | null>(null);
  protected readonly rounds = signal(0);
  protected readonly failure = signal<GatewayFailure | null>(null);
  protected readonly laid = computed(() => onSpots(this.chips()));
  protected readonly total = computed(() => this.chips().reduce((sum, { minor }) => sum + minor, 0));
  protected readonly tableWords = computed(() => TABLE_WORDS[this.table.state()]);
  protected readonly status = computed(() => this.describe());

  constructor() {
    this.watch.game("roulette");
    // Without a session the table tries again later, with a token by then.
    this.session
      .open()
      .catch(() => undefined)
      .finally(() => this.table.connect());
    inject(DestroyRef).onDestroy(() => {
      this.visit.end();
      this.watch.game(null);
    });
  }

  protected lay(spot: string): void {
    if (this.busy() || this.chips().length >= CHIPS_AT_MOST) return;
    this.chips.update((chips) => [...chips, { spot, minor: this.value() }]);
  }

  protected takeBack(): void {
    this.chips.update((chips) => chips.slice(0, -1));
  }

  protected clear(): void {
    this.chips.set([]);
  }

  protected async spin(): Promise<void> {
    if (this.busy() || this.total() === 0) return;
    this.failure.set(null);
    this.phase.set("turning");
    try {
      await this.session.open();
      const spin = await this.play();
      this.rounds.update((count) => count + 1);
      this.last.set(spin);
      this.phase.set("falling");
      await ballFalls();
      this.session.settle(spin.balance_minor);
    } catch (cause) {
      this.failure.set(this.report.failure(cause, this.visit));
    } finally {
      this.phase.set("open");
    }
  }

  private play(): Promise<RouletteSpin> {
    const bet = this.total();
    return this.visit.round("spin", { bet, currency: this.session.currency() }, async (add) => {
      const spin = await this.ask(toBets(this.chips()), crypto.randomUUID());
      add({
        payout: spin.payout_minor,
        round_id: spin.round_id,
        ...(spin.rtp === undefined ? {} : { rtp: spin.rtp }),
      });
      this.watch.measure("casino.bet", bet, { game: "roulette" });
      this.watch.measure("casino.payout", spin.payout_minor, { game: "roulette" });
      return spin;
    });
  }

  /** Over the socket while the table is live. Without an answer from there the same number by HTTP: it is played once. */
  private async ask(bets: readonly RouletteBet[], request_uuid: string): Promise<RouletteSpin> {
    const answer = this.table.open ? await this.table.bet(bets, request_uuid) : null;
    return answer ?? this.gateway.spinRoulette(bets, request_uuid);
  }

  private describe(): string {
    if (this.turning()) return "No more bets …";
    if (this.busy()) return "The ball is falling …";
    const last = this.last();
    if (last === null) return "Choose a chip, lay it on the table, spin.";
    const won =
      last.payout_minor === 0
        ? "Nothing this time."
        : `You get ${money(last.payout_minor, this.session.currency())}.`;
    return `${last.number} ${last.colour}. ${won}`;
  }
}

/** As long as the wheel takes to come to rest; nobody should read the number before it is there. */
function ballFalls(): Promise<void> {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return new Promise((resolve) => setTimeout(resolve, still ? 0 : FALL_MS));
}
