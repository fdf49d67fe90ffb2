// The frame of every page: banner, navigation with the balance, the page itself, and who watches.
import { Component, computed, ErrorHandler, inject, signal } from "@angular/core";
import { RouterLink, RouterLinkActive, RouterOutlet } from "@angular/router";
import { Credentials } from "./gateway/credentials";
import { FailureNotice } from "./layout/failure-notice";
import { Flags } from "./session/flags";
import { MoneyPipe } from "./session/money.pipe";
import { Session } from "./session/session";
import { SETTINGS } from "./settings";
import { WATCH } from "./watch/watch";

@Component({
  selector: "casino-root",
  imports: [RouterOutlet, RouterLink, RouterLinkActive, MoneyPipe, FailureNotice],
  templateUrl: "./app.html",
  styleUrl: "./app.css",
})
export class App {
  private readonly errors = inject(ErrorHandler);
  protected readonly session = inject(Session);
  protected readonly credentials = inject(Credentials);
  protected readonly watch = inject(WATCH);
  protected readonly pitwatch = inject(SETTINGS).pitwatch;
  protected readonly links = [
    { path: "/slot", text: "Slot" },
    { path: "/roulette", text: "Roulette" },
    { path: "/blackjack", text: "Blackjack" },
    { path: "/deposit", text: "Deposit" },
    { path: "/withdraw", text: "Withdraw" },
    { path: "/payments", text: "My payments" },
  ];
  protected readonly feedbackFailed = signal(false);
  protected readonly initials = computed(() => this.session.player()?.name.slice(0, 1).toUpperCase() ?? "·");

  constructor() {
    inject(Flags);
    this.open();
  }

  protected open(): void {
    // What went wrong is in `session.failure`, which the page shows.
    this.session.open().catch(() => undefined);
  }

  protected async openFeedback(): Promise<void> {
    this.feedbackFailed.set(false);
    try {
      await this.watch.openFeedback();
    } catch (error) {
      this.feedbackFailed.set(true);
      this.errors.handleError(error);
    }
  }
}
