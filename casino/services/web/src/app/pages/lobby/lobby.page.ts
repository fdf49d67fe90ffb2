// The lobby: what can be played.
import { Component, inject, signal } from "@angular/core";
import { RouterLink } from "@angular/router";
import type { LobbyGame } from "../../gateway/bodies";
import type { GatewayFailure } from "../../gateway/failure";
import { Gateway } from "../../gateway/gateway";
import { FailureNotice } from "../../layout/failure-notice";
import { Report } from "../../layout/report";
import { ratio } from "../../session/money";
import { Session } from "../../session/session";

/** How a game is shown, and where it is played. Games without a page here are shown, but cannot be opened. */
const TABLES: Readonly<Record<string, { path: string; art: string; text: string }>> = {
  slot: {
    path: "/slot",
    art: "/tables/slot.svg",
    text: "Three reels, five lines, and a moon that stands for anything.",
  },
  roulette: {
    path: "/roulette",
    art: "/tables/roulette.svg",
    text: "A single zero, and a table that others play at while you watch.",
  },
  blackjack: {
    path: "/blackjack",
    art: "/tables/blackjack.svg",
    text: "The dealer stands on seventeen. Blackjack pays three to two.",
  },
};

/** Shown until the answer is there, in the place of the games, so that nothing moves. */
const WAITING = [0, 1, 2];

@Component({
  selector: "casino-lobby-page",
  imports: [RouterLink, FailureNotice],
  templateUrl: "./lobby.page.html",
  styleUrl: "./lobby.page.css",
})
export class LobbyPage {
  private readonly gateway = inject(Gateway);
  private readonly session = inject(Session);
  private readonly report = inject(Report);

  protected readonly waiting = WAITING;
  protected readonly ratio = ratio;
  protected readonly games = signal<readonly LobbyGame[] | null>(null);
  protected readonly failure = signal<GatewayFailure | null>(null);

  constructor() {
    void this.load();
  }

  protected table(game: LobbyGame) {
    // "slot" as well as "orchard-slot".
    const key = Object.keys(TABLES).find((name) => game.id.includes(name)) ?? "";
    return TABLES[key] ?? { path: null, art: "/tables/other.svg", text: "Opens soon." };
  }

  protected async load(): Promise<void> {
    this.failure.set(null);
    try {
      await this.session.open();
    } catch {
      return; // The frame of the page shows why there is no session.
    }
    try {
      this.games.set(await this.gateway.lobby());
    } catch (cause) {
      this.failure.set(this.report.failure(cause));
    }
  }
}
