// A withdrawal: first an identity that is verified (with a play document), then the order.
import { Component, computed, DestroyRef, inject, signal } from "@angular/core";
import { Router } from "@angular/router";
import type { Kyc } from "../../gateway/bodies";
import type { GatewayFailure } from "../../gateway/failure";
import { Gateway } from "../../gateway/gateway";
import { FailureNotice } from "../../layout/failure-notice";
import { Report } from "../../layout/report";
import { MoneyPipe } from "../../session/money.pipe";
import { Session } from "../../session/session";
import { OrderForm, type Wish } from "../payments/order-form";

const DOCUMENTS = ["passport", "identity card", "driving licence"];
const PAUSE_MS = 1_000;
const LOOKS_AT_MOST = 30;

const WORDS: Readonly<Record<Kyc, string>> = {
  none: "Withdrawals need a verified identity. Yours is synthetic, so any play document does.",
  submitted: "Your document is being checked. This takes a moment.",
  verified: "Your identity is verified.",
  rejected: "The document was not accepted. Submit another one.",
  expired: "Your verification ran out. Submit a document again.",
};

@Component({
  selector: "casino-withdraw-page",
  imports: [OrderForm, MoneyPipe, FailureNotice],
  template: `
    <section class="page narrow">
      <div>
        <h1>Withdraw</h1>
        <p class="lead">You have {{ session.balance() | money: session.currency() }} in play money.</p>
      </div>
      @if (failure(); as failure) {
        <casino-failure [failure]="failure" retryText="" />
      }
      <div class="card identity" [class.verified]="kyc() === 'verified'">
        <h2>Identity</h2>
        <p role="status" data-testid="kyc" [attr.data-kyc]="kyc()">{{ words() }}</p>
        @if (kyc() !== 'verified') {
          <form (submit)="submitDocument($event)">
            <label for="document">Play document</label>
            <div class="actions">
              <select id="document" #document [disabled]="checking()">
                @for (name of documents; track name) {
                  <option [value]="name">{{ name }}</option>
                }
              </select>
              <button type="submit" [disabled]="checking() || session.player() === null" (click)="chosen.set(document.value)">
                {{ checking() ? 'Checking …' : 'Submit' }}
              </button>
            </div>
          </form>
        }
        @if (slow()) {
          <p class="soft">The check takes longer than usual. Come back in a minute; you can play meanwhile.</p>
        }
      </div>
      <div [attr.inert]="kyc() === 'verified' ? null : ''" [class.later]="kyc() !== 'verified'">
        <casino-order-form verb="Withdraw" [currency]="session.currency()" [busy]="busy()" (wish)="withdraw($event)" />
      </div>
    </section>
  `,
  styles: `
    .identity { min-height: 12.2rem; }
    .identity.verified { border-color: var(--felt-line); }
    label { display: block; margin-bottom: 0.35rem; color: var(--soft); font-size: 0.875rem; }
    select { flex: 1 1 12rem; width: auto; }
    .later { opacity: 0.45; }
  `,
})
export class WithdrawPage {
  private readonly gateway = inject(Gateway);
  private readonly router = inject(Router);
  private readonly report = inject(Report);
  protected readonly session = inject(Session);
  protected readonly documents = DOCUMENTS;
  protected readonly chosen = signal(DOCUMENTS[0] ?? "");
  protected readonly kyc = computed<Kyc>(() => this.session.player()?.kyc ?? "none");
  protected readonly words = computed(() => WORDS[this.kyc()]);
  protected readonly checking = signal(false);
  protected readonly slow = signal(false);
  protected readonly busy = signal(false);
  protected readonly failure = signal<GatewayFailure | null>(null);
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    inject(DestroyRef).onDestroy(() => clearTimeout(this.timer));
    void this.resume();
  }

  protected async submitDocument(event: Event): Promise<void> {
    event.preventDefault();
    this.failure.set(null);
    this.checking.set(true);
    try {
      this.session.setPlayer(await this.gateway.submitDocument(this.chosen()));
      this.look(LOOKS_AT_MOST);
    } catch (cause) {
      this.fail(cause);
    }
  }

  protected async withdraw(wish: Wish): Promise<void> {
    this.busy.set(true);
    this.failure.set(null);
    try {
      const order = { ...wish, currency: this.session.currency(), request_uuid: crypto.randomUUID() };
      const { payment_id } = await this.gateway.withdraw(order);
      await this.router.navigate(["/payments", payment_id]);
    } catch (cause) {
      this.failure.set(this.report.failure(cause));
    } finally {
      this.busy.set(false);
    }
  }

  /** A check that was begun on an earlier visit. */
  private async resume(): Promise<void> {
    try {
      await this.session.open();
    } catch {
      return; // The frame of the page shows why there is no session.
    }
    if (this.kyc() === "submitted") this.look(LOOKS_AT_MOST);
  }

  private look(remaining: number): void {
    this.checking.set(this.kyc() === "submitted");
    this.slow.set(this.kyc() === "submitted" && remaining <= 0);
    if (!this.checking() || remaining <= 0) return;
    this.timer = setTimeout(async () => {
      try {
        await this.session.refresh();
        this.look(remaining - 1);
      } catch (cause) {
        this.fail(cause);
      }
    }, PAUSE_MS);
  }

  private fail(cause: unknown): void {
    this.failure.set(this.report.failure(cause));
    this.checking.set(false);
  }
}
