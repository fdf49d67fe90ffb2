// Checks in the browser that a round's seed is the one the casino had promised before.
import { Component, effect, inject, input, signal } from "@angular/core";
import { Router } from "@angular/router";
import type { RoundRecord } from "../../gateway/bodies";
import type { GatewayFailure } from "../../gateway/failure";
import { Gateway } from "../../gateway/gateway";
import { FailureNotice } from "../../layout/failure-notice";
import { Report } from "../../layout/report";
import { MoneyPipe } from "../../session/money.pipe";
import { Session } from "../../session/session";
import { type Proof, prove } from "./proof";

@Component({
  selector: "casino-fair-page",
  imports: [MoneyPipe, FailureNotice],
  templateUrl: "./fair.page.html",
  styles: `
    form { display: grid; gap: 0.35rem; }
    label { color: var(--soft); font-size: 0.875rem; }
    input { flex: 1 1 16rem; width: auto; min-width: 0; }
    .result { display: grid; gap: 1.25rem; min-height: 20rem; align-content: start; }
    .hash { overflow-wrap: anywhere; margin: 0; font-size: 0.9rem; font-weight: 400; }
    dl.hashes { display: grid; gap: 0.9rem; margin: 0; }
    dl.hashes dt { color: var(--soft); font-size: 0.8125rem; }
  `,
})
export class FairPage {
  /** The round, from the address; absent on the page where one is asked for. */
  readonly round = input<string>();

  private readonly gateway = inject(Gateway);
  private readonly session = inject(Session);
  private readonly report = inject(Report);
  private readonly router = inject(Router);
  protected readonly record = signal<RoundRecord | null>(null);
  protected readonly proof = signal<Proof | null>(null);
  protected readonly failure = signal<GatewayFailure | null>(null);
  protected readonly looking = signal(false);

  constructor() {
    effect(() => {
      const id = this.round();
      if (id !== undefined) void this.check(id);
    });
  }

  protected go(event: Event, id: string): void {
    event.preventDefault();
    if (id.trim() !== "") void this.router.navigate(["/fair", id.trim()]);
  }

  protected async check(id: string): Promise<void> {
    this.failure.set(null);
    this.looking.set(true);
    try {
      await this.session.open();
      const record = await this.gateway.round(id);
      this.proof.set(await prove(record.fair.server_seed, record.fair.seed_hash));
      this.record.set(record);
    } catch (cause) {
      this.record.set(null);
      this.proof.set(null);
      this.failure.set(this.report.failure(cause));
    } finally {
      this.looking.set(false);
    }
  }
}
