// The player's payments, newest first.
import { Component, inject, signal } from "@angular/core";
import { RouterLink } from "@angular/router";
import type { Payment } from "../../gateway/bodies";
import type { GatewayFailure } from "../../gateway/failure";
import { Gateway } from "../../gateway/gateway";
import { FailureNotice } from "../../layout/failure-notice";
import { Report } from "../../layout/report";
import { MoneyPipe } from "../../session/money.pipe";
import { Session } from "../../session/session";
import { kindWords, methodWords, stateWords, tone, when } from "./words";

const LIMIT = 50;

@Component({
  selector: "casino-payments-page",
  imports: [MoneyPipe, FailureNotice, RouterLink],
  template: `
    <section class="page">
      <h1>My payments</h1>
      @if (failure(); as failure) {
        <casino-failure [failure]="failure" (retry)="load()" />
      }
      <div class="card" [attr.aria-busy]="payments() === null && !failure()">
        @if (payments(); as payments) {
          @if (payments.length > 0) {
            <table>
              <thead>
                <tr><th scope="col">What</th><th scope="col" class="right">Amount</th><th scope="col" class="wide">Way</th><th scope="col">State</th><th scope="col" class="wide">When</th></tr>
              </thead>
              <tbody>
                @for (payment of payments; track payment.payment_id) {
                  <tr>
                    <td><a [routerLink]="['/payments', payment.payment_id]">{{ kindWords(payment.kind) }}</a></td>
                    <td class="right number">{{ payment.amount_minor | money: payment.currency }}</td>
                    <td class="wide">{{ methodWords(payment.method) }}</td>
                    <td [class.good-text]="tone(payment.state) === 'good'" [class.bad-text]="tone(payment.state) === 'bad'">{{ stateWords(payment.state).text }}</td>
                    <td class="wide soft">{{ when(payment.created_at) }}</td>
                  </tr>
                }
              </tbody>
            </table>
          } @else {
            <p>There are none yet. <a routerLink="/deposit">Make a deposit</a>; it is play money.</p>
          }
        } @else if (!failure()) {
          <p class="soft">Looking …</p>
        }
      </div>
    </section>
  `,
  styles: `
    .card { min-height: 12rem; }
    table { width: 100%; border-collapse: collapse; }
    th { color: var(--soft); font-weight: 500; font-size: 0.875rem; text-align: left; }
    th, td { padding: 0.6rem 0.5rem; border-bottom: 1px solid var(--line); }
    tr:last-child td { border-bottom: 0; }
    .right { text-align: right; }
    @media (max-width: 44rem) { .wide { display: none; } }
  `,
})
export class PaymentsPage {
  private readonly gateway = inject(Gateway);
  private readonly session = inject(Session);
  private readonly report = inject(Report);
  protected readonly payments = signal<readonly Payment[] | null>(null);
  protected readonly failure = signal<GatewayFailure | null>(null);
  protected readonly kindWords = kindWords;
  protected readonly methodWords = methodWords;
  protected readonly stateWords = stateWords;
  protected readonly tone = tone;
  protected readonly when = when;

  constructor() {
    void this.load();
  }

  protected async load(): Promise<void> {
    this.failure.set(null);
    try {
      await this.session.open();
      this.payments.set(await this.gateway.payments(LIMIT));
    } catch (cause) {
      this.failure.set(this.report.failure(cause));
    }
  }
}
