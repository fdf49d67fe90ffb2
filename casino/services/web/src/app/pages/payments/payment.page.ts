// One payment: asked for until its state is final, or until it is clear that it takes longer.
import { Component, computed, DestroyRef, inject, input, type OnInit, signal } from "@angular/core";
import { RouterLink } from "@angular/router";
import type { Payment, PaymentState } from "../../gateway/bodies";
import type { GatewayFailure } from "../../gateway/failure";
import { Gateway } from "../../gateway/gateway";
import { FailureNotice } from "../../layout/failure-notice";
import { Report } from "../../layout/report";
import { MoneyPipe } from "../../session/money.pipe";
import { Session } from "../../session/session";
import { isFinal, kindWords, methodWords, stateWords, tone, when } from "./words";

const PAUSE_MS = 1_000;
const LOOKS_AT_MOST = 90;
const ROAD: readonly PaymentState[] = ["created", "redirected", "authorised", "captured"];

@Component({
  selector: "casino-payment-page",
  imports: [MoneyPipe, FailureNotice, RouterLink],
  templateUrl: "./payment.page.html",
  styleUrl: "./payment.page.css",
})
export class PaymentPage implements OnInit {
  /** From the address. */
  readonly id = input.required<string>();

  private readonly gateway = inject(Gateway);
  private readonly session = inject(Session);
  private readonly report = inject(Report);
  protected readonly payment = signal<Payment | null>(null);
  protected readonly failure = signal<GatewayFailure | null>(null);
  protected readonly gaveUp = signal(false);
  protected readonly kindWords = kindWords;
  protected readonly methodWords = methodWords;
  protected readonly stateWords = stateWords;
  protected readonly tone = tone;
  protected readonly when = when;
  protected readonly road = computed(() => this.steps());
  private timer: ReturnType<typeof setTimeout> | undefined;
  private left = false;

  constructor() {
    inject(DestroyRef).onDestroy(() => {
      this.left = true;
      clearTimeout(this.timer);
    });
  }

  ngOnInit(): void {
    void this.look(LOOKS_AT_MOST);
  }

  protected async look(remaining: number): Promise<void> {
    this.failure.set(null);
    this.gaveUp.set(false);
    try {
      await this.session.open();
      const payment = await this.gateway.payment(this.id());
      this.payment.set(payment);
      if (isFinal(payment.state)) {
        await this.session.refresh();
        return;
      }
    } catch (cause) {
      this.failure.set(this.report.failure(cause));
      return;
    }
    this.again(remaining - 1);
  }

  protected readonly looks = LOOKS_AT_MOST;

  private again(remaining: number): void {
    if (this.left) return;
    if (remaining <= 0) this.gaveUp.set(true);
    else this.timer = setTimeout(() => void this.look(remaining), PAUSE_MS);
  }

  private steps(): readonly { readonly text: string; readonly state: "done" | "now" | "next" | "bad" }[] {
    const payment = this.payment();
    if (payment === null) return [];
    const states = payment.kind === "deposit" ? ROAD : ROAD.filter((state) => state !== "redirected");
    if (tone(payment.state) === "bad") {
      return [
        { text: stateWords("created").text, state: "done" },
        { text: stateWords(payment.state).text, state: "bad" },
      ];
    }
    const at = states.indexOf(payment.state);
    return states.map((state, index) => ({
      text: stateWords(state).text,
      state: index < at || payment.state === "captured" ? "done" : index === at ? "now" : "next",
    }));
  }
}
