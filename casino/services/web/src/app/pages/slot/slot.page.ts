// The slot. All spins of one visit are one trace, `slot-machine-spin`.
import { Component, computed, DestroyRef, inject, signal, viewChildren } from "@angular/core";
import { RouterLink } from "@angular/router";
import type { SlotSpin } from "../../gateway/bodies";
import type { GatewayFailure } from "../../gateway/failure";
import { Gateway } from "../../gateway/gateway";
import { FailureNotice } from "../../layout/failure-notice";
import { Report } from "../../layout/report";
import { Flags } from "../../session/flags";
import { money, ratio } from "../../session/money";
import { MoneyPipe } from "../../session/money.pipe";
import { Session } from "../../session/session";
import { WATCH } from "../../watch/watch";
import { LINE_NAMES, LINES, REELS, SYMBOLS, symbolOf, winningCells } from "./machine";
import { Reel } from "./reel";
import { SymbolPicture, Symbols } from "./symbols";

const STAKES = [100, 200, 500, 1_000, 2_500];
const SLOW_MS = 2_500;
const ROUNDS_KEPT = 6;
const AT_FIRST = ["LPC", "CP7", "WCG"];

type Phase = "ready" | "waiting" | "settling";

@Component({
  selector: "casino-slot-page",
  imports: [Reel, Symbols, SymbolPicture, MoneyPipe, FailureNotice, RouterLink],
  templateUrl: "./slot.page.html",
  styleUrl: "./slot.page.css",
})
export class SlotPage {
  private readonly gateway = inject(Gateway);
  private readonly watch = inject(WATCH);
  private readonly flags = inject(Flags);
  private readonly report = inject(Report);
  private readonly visit = this.watch.visit("slot-machine-spin", "slot");
  private readonly reels = viewChildren(Reel);
  protected readonly session = inject(Session);

  protected readonly stakes = STAKES;
  protected readonly symbols = SYMBOLS;
  protected readonly strips = REELS;
  protected readonly ratio = ratio;

  protected readonly stake = signal(500);
  protected readonly phase = signal<Phase>("ready");
  protected readonly slow = signal(false);
  protected readonly failure = signal<GatewayFailure | null>(null);
  protected readonly animationFailed = signal(false);
  protected readonly last = signal<SlotSpin | null>(null);
  protected readonly rounds = signal<readonly SlotSpin[]>([]);
  protected readonly spins = signal(0);
  protected readonly staked = signal(0);
  protected readonly won = signal(0);
  protected readonly visitRtp = computed(() => (this.staked() === 0 ? null : this.won() / this.staked()));
  protected readonly hits = computed(() => {
    const last = this.last();
    return last !== null && this.phase() === "ready" ? winningCells(last.lines) : new Set<string>();
  });
  protected readonly winningLines = computed(() =>
    this.phase() === "ready" ? (this.last()?.lines ?? []) : [],
  );
  protected readonly status = computed(() => this.describe());
  private window = AT_FIRST;

  constructor() {
    this.watch.game("slot");
    inject(DestroyRef).onDestroy(() => {
      this.visit.end();
      this.watch.game(null);
    });
  }

  ngAfterViewInit(): void {
    this.showWindow();
  }

  protected async spin(): Promise<void> {
    if (this.phase() !== "ready") return;
    this.begin();
    const broken = this.flags.isOn("angularError");
    const slow = setTimeout(() => this.slow.set(true), SLOW_MS);
    try {
      await this.session.open();
      const spin = await this.play();
      this.account(spin);
      await this.settle(spin, broken);
    } catch (cause) {
      this.failure.set(this.report.failure(cause, this.visit));
      this.showWindow();
    } finally {
      clearTimeout(slow);
      this.slow.set(false);
      this.phase.set("ready");
    }
  }

  private begin(): void {
    this.failure.set(null);
    this.animationFailed.set(false);
    this.phase.set("waiting");
    for (const reel of this.reels()) reel.turn();
  }

  private play(): Promise<SlotSpin> {
    const bet = this.stake();
    return this.visit.round("spin", { bet, currency: this.session.currency() }, async (add) => {
      const spin = await this.gateway.spinSlot(bet, this.session.currency());
      add({ payout: spin.payout_minor, rtp: spin.rtp, round_id: spin.round_id });
      return spin;
    });
  }

  private account(spin: SlotSpin): void {
    this.spins.update((count) => count + 1);
    this.staked.update((sum) => sum + spin.stake_minor);
    this.won.update((sum) => sum + spin.payout_minor);
    this.watch.measure("casino.bet", spin.stake_minor, { game: "slot" });
    this.watch.measure("casino.payout", spin.payout_minor, { game: "slot" });
    this.watch.measure("casino.rtp", spin.rtp, { game: "slot" });
    this.watch.note("slot spin", {
      round_id: spin.round_id,
      bet: spin.stake_minor,
      payout: spin.payout_minor,
    });
  }

  private async settle(spin: SlotSpin, broken: boolean): Promise<void> {
    this.phase.set("settling");
    this.window = [...spin.window];
    try {
      await Promise.all(this.reels().map((reel, index) => reel.settle(this.window[index] ?? "", broken)));
    } catch (error) {
      // The money is right whatever the animation does: the result is shown without it.
      this.animationFailed.set(true);
      this.report.error(error, this.visit);
      this.showWindow();
    }
    this.last.set(spin);
    this.rounds.update((rounds) => [spin, ...rounds].slice(0, ROUNDS_KEPT));
    this.session.settle(spin.balance_minor);
  }

  private showWindow(): void {
    this.reels().forEach((reel, index) => {
      reel.show(this.window[index] ?? "");
    });
  }

  private describe(): string {
    if (this.phase() === "waiting") return this.slow() ? "Waiting for the payment provider …" : "Spinning …";
    if (this.phase() === "settling") return "Coming to rest …";
    const last = this.last();
    if (this.failure() !== null || last === null)
      return "Choose a stake and spin. Five lines, one coin each.";
    if (last.payout_minor === 0) return "No line this time.";
    const lines = last.lines.map(({ line }) => LINE_NAMES[line - 1] ?? `${line}.`);
    const where = `${lines.join(" and ")} ${lines.length === 1 ? "line" : "lines"}`;
    return `You won ${money(last.payout_minor, this.session.currency())} on the ${where}.`;
  }

  /** Points of a line over the window, in hundredths of its size. */
  protected path(line: number): string {
    const rows = LINES[line - 1] ?? [1, 1, 1];
    const heights = rows.map((row) => (row + 0.5) * 100);
    return `0,${heights[0]} 50,${heights[0]} 150,${heights[1]} 250,${heights[2]} 300,${heights[2]}`;
  }

  protected describeWindow(): string {
    return this.window.map((reel) => [...reel].map((key) => symbolOf(key).name).join(", ")).join("; ");
  }
}
