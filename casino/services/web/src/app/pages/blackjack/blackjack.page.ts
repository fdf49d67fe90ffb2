// Blackjack: deal, hit, stand, double.
import { Component, computed, DestroyRef, inject, signal } from "@angular/core";
import { RouterLink } from "@angular/router";
import type { BlackjackRound } from "../../gateway/bodies";
import type { GatewayFailure } from "../../gateway/failure";
import { Gateway } from "../../gateway/gateway";
import { FailureNotice } from "../../layout/failure-notice";
import { Report } from "../../layout/report";
import { money } from "../../session/money";
import { MoneyPipe } from "../../session/money.pipe";
import { Session } from "../../session/session";
import { type Attributes, WATCH } from "../../watch/watch";
import { Hand } from "./hand";

const STAKES = [500, 1_000, 2_500, 5_000];

@Component({
  selector: "casino-blackjack-page",
  imports: [Hand, MoneyPipe, FailureNotice, RouterLink],
  templateUrl: "./blackjack.page.html",
  styleUrl: "./blackjack.page.css",
})
export class BlackjackPage {
  private readonly gateway = inject(Gateway);
  private readonly watch = inject(WATCH);
  private readonly report = inject(Report);
  private readonly visit = this.watch.visit("blackjack-table", "blackjack");
  protected readonly session = inject(Session);

  protected readonly stakes = STAKES;
  protected readonly stake = signal(1_000);
  protected readonly round = signal<BlackjackRound | null>(null);
  protected readonly busy = signal(false);
  protected readonly failure = signal<GatewayFailure | null>(null);
  /** What was put on the hand that is shown, doubled or not. */
  protected readonly onTable = signal(0);
  protected readonly playing = computed(() => this.round()?.state === "playing");
  protected readonly mayDouble = computed(() => this.round()?.player.length === 2);
  protected readonly status = computed(() => this.describe());

  constructor() {
    this.watch.game("blackjack");
    inject(DestroyRef).onDestroy(() => {
      this.visit.end();
      this.watch.game(null);
    });
  }

  protected deal(): Promise<void> {
    const bet = this.stake();
    return this.act("deal", { bet }, async () => {
      const round = await this.gateway.dealBlackjack(bet);
      this.onTable.set(bet);
      return round;
    });
  }

  protected async play(action: "hit" | "stand" | "double"): Promise<void> {
    const round = this.round();
    if (round === null) return;
    const doubled = action === "double" ? { bet: this.onTable() } : {};
    await this.act(action, { round_id: round.round_id, ...doubled }, async () => {
      const next = await this.gateway.playBlackjack(round.round_id, action);
      if (action === "double") this.onTable.update((sum) => sum * 2);
      return next;
    });
  }

  private async act(name: string, attributes: Attributes, ask: () => Promise<BlackjackRound>): Promise<void> {
    if (this.busy()) return;
    this.busy.set(true);
    this.failure.set(null);
    try {
      await this.session.open();
      const round = await this.visit.round(name, attributes, async (add) => {
        const answer = await ask();
        add({
          round_id: answer.round_id,
          ...(answer.state === "done" ? { payout: answer.payout_minor } : {}),
        });
        return answer;
      });
      this.round.set(round);
      this.session.settle(round.balance_minor);
      if (round.state === "done")
        this.watch.measure("casino.payout", round.payout_minor, { game: "blackjack" });
    } catch (cause) {
      this.failure.set(this.report.failure(cause, this.visit));
    } finally {
      this.busy.set(false);
    }
  }

  private describe(): string {
    const round = this.round();
    if (round === null) return "Choose a stake and deal. Blackjack pays three to two.";
    if (round.state === "playing") return "Your turn.";
    const paid = money(round.payout_minor, this.session.currency());
    if (round.payout_minor === 0) return "The house wins.";
    return round.payout_minor === this.onTable()
      ? `A push: your stake of ${paid} comes back.`
      : `You win. You get ${paid}.`;
  }
}
