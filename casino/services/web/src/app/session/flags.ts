// The switches for this page's faults, asked for every ten seconds while somebody looks.
import { DestroyRef, Injectable, inject } from "@angular/core";
import { Gateway } from "../gateway/gateway";
import { WATCH } from "../watch/watch";

const EVERY_MS = 10_000;

@Injectable({ providedIn: "root" })
export class Flags {
  private readonly gateway = inject(Gateway);
  private readonly watch = inject(WATCH);
  private values: Readonly<Record<string, unknown>> = {};

  constructor() {
    const timer = setInterval(() => void this.ask(), EVERY_MS);
    inject(DestroyRef).onDestroy(() => clearInterval(timer));
    void this.ask();
  }

  /** An evaluation: whoever watches is told. */
  isOn(name: string): boolean {
    const value = this.values[name];
    const on = value !== "off" && Boolean(value);
    this.watch.flag(name, on);
    return on;
  }

  private async ask(): Promise<void> {
    if (document.hidden) return;
    try {
      const fresh = await this.gateway.flags();
      for (const [name, value] of Object.entries(fresh)) {
        if (value !== this.values[name]) this.watch.flag(name, value);
      }
      this.values = fresh;
    } catch {
      // The last values stay: a fault that was switched on stays on while the gateway is away.
    }
  }
}
