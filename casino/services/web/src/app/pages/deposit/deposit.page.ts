// A deposit: the order here, the paying on the provider's page, the outcome on the payment's page.
import { Component, DOCUMENT, inject, signal } from "@angular/core";
import { Router } from "@angular/router";
import type { PaymentStarted } from "../../gateway/bodies";
import type { GatewayFailure } from "../../gateway/failure";
import { Gateway } from "../../gateway/gateway";
import { FailureNotice } from "../../layout/failure-notice";
import { Report } from "../../layout/report";
import { Session } from "../../session/session";
import { WATCH } from "../../watch/watch";
import { OrderForm, type Wish } from "../payments/order-form";

@Component({
  selector: "casino-deposit-page",
  imports: [OrderForm, FailureNotice],
  template: `
    <section class="page narrow">
      <div>
        <h1>Deposit</h1>
        <p class="lead">You are sent to the page of NovaPay, a provider that is simulated, and come back by yourself. No real money, no real card.</p>
      </div>
      @if (failure(); as failure) {
        <casino-failure [failure]="failure" retryText="" />
      }
      <casino-order-form
        verb="Deposit" busyText="Going to the provider …" [currency]="session.currency()" [busy]="busy()" (wish)="deposit($event)" />
    </section>
  `,
})
export class DepositPage {
  private readonly gateway = inject(Gateway);
  private readonly router = inject(Router);
  private readonly report = inject(Report);
  private readonly watch = inject(WATCH);
  private readonly location = inject(DOCUMENT).location;
  protected readonly session = inject(Session);
  protected readonly busy = signal(false);
  protected readonly failure = signal<GatewayFailure | null>(null);

  protected async deposit(wish: Wish): Promise<void> {
    this.busy.set(true);
    this.failure.set(null);
    try {
      await this.session.open();
      const order = { ...wish, currency: this.session.currency(), request_uuid: crypto.randomUUID() };
      const started = await this.gateway.deposit(order);
      this.watch.note("deposit started", { payment_id: started.payment_id, payment_method: wish.method });
      await this.leave(started);
    } catch (cause) {
      this.failure.set(this.report.failure(cause));
      this.busy.set(false);
    }
  }

  private async leave({ redirect, payment_id }: PaymentStarted): Promise<void> {
    const address = redirect === undefined ? null : URL.parse(redirect, this.location.href);
    if (address === null || !/^https?:$/.test(address.protocol)) {
      await this.router.navigate(["/payments", payment_id]);
      return;
    }
    this.location.assign(address.href);
  }
}
