// The guest who plays in this tab: opened without anybody asking, with a balance that every answer brings up to date.
import { computed, Injectable, inject, signal } from "@angular/core";
import type { Me, Player } from "../gateway/bodies";
import { Credentials } from "../gateway/credentials";
import { type GatewayFailure, toFailure } from "../gateway/failure";
import { Gateway } from "../gateway/gateway";
import { WATCH } from "../watch/watch";

@Injectable({ providedIn: "root" })
export class Session {
  private readonly gateway = inject(Gateway);
  private readonly credentials = inject(Credentials);
  private readonly watch = inject(WATCH);
  private opening: Promise<void> | undefined;

  readonly player = signal<Player | null>(null);
  readonly balance = signal<number | null>(null);
  readonly failure = signal<GatewayFailure | null>(null);
  readonly currency = computed(() => this.player()?.currency ?? "EUR");

  /** Resolves once there is a player. Many may wait; one asks. */
  open(): Promise<void> {
    if (this.player() !== null) return Promise.resolve();
    this.opening ??= this.resumeOrBegin().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  /** After a token ran out: a new guest takes the seat. */
  renew(): Promise<void> {
    this.credentials.forget();
    this.opening ??= this.begin().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  async refresh(): Promise<void> {
    this.take(await this.gateway.me());
  }

  settle(balance_minor: number | undefined): void {
    if (typeof balance_minor === "number") this.balance.set(balance_minor);
  }

  setPlayer(player: Player): void {
    this.player.set(player);
    this.watch.player(player);
  }

  private async resumeOrBegin(): Promise<void> {
    this.failure.set(null);
    try {
      if (this.credentials.token !== null && (await this.resume())) return;
      await this.begin();
    } catch (cause) {
      const failure = toFailure(cause);
      this.failure.set(failure);
      throw failure;
    }
  }

  private async resume(): Promise<boolean> {
    try {
      this.take(await this.gateway.me());
      return true;
    } catch {
      this.credentials.forget();
      return false;
    }
  }

  private async begin(): Promise<void> {
    const opened = await this.gateway.openSession(device());
    this.credentials.keep(opened.token);
    this.setPlayer(opened.player);
    this.balance.set(opened.balance_minor);
  }

  private take(me: Me): void {
    this.setPlayer(me.player);
    this.balance.set(me.balance_minor);
  }
}

function device(): string {
  return matchMedia("(pointer: coarse)").matches ? "phone" : "desktop";
}
