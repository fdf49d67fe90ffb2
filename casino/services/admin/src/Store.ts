// The store of 2014: one object with everything, whose listeners hear of every change. Kept as it was.
import {
  logIn,
  type PaymentRecord,
  type PlayerRecord,
  readFlags,
  readPayments,
  readPlayers,
} from "./gateway";
import { recordFlag, recordUser, refreshTrace, reportFailure } from "./watch";

export interface Snapshot {
  players: PlayerRecord[];
  payments: PaymentRecord[];
  flags: Record<string, unknown>;
  error: string | null;
  loading: boolean;
}

const REFRESH_MS = 10_000;

class Store {
  private snapshot: Snapshot = { players: [], payments: [], flags: {}, error: null, loading: true };
  private listeners: (() => void)[] = [];
  private timer: ReturnType<typeof setInterval> | undefined;
  private search = "";
  private asked = 0;

  get(): Snapshot {
    return this.snapshot;
  }

  addListener(listener: () => void): void {
    this.listeners.push(listener);
  }

  removeListener(listener: () => void): void {
    this.listeners = this.listeners.filter((known) => known !== listener);
  }

  /** For tests and for whoever wonders why the page gets slower. */
  listenerCount(): number {
    return this.listeners.length;
  }

  async start(): Promise<void> {
    this.timer ??= setInterval(() => void this.refresh(), REFRESH_MS);
    await this.guard(async () => {
      recordUser((await logIn()).player);
    });
    if (this.snapshot.error === null) await this.refresh();
  }

  async findPlayers(search: string): Promise<void> {
    this.search = search;
    this.asked += 1;
    const mine = this.asked;
    await this.guard(async () => {
      const players = await readPlayers(search);
      // An older answer must not replace a newer one.
      if (mine === this.asked) this.set({ players });
    });
  }

  async retry(): Promise<void> {
    this.set({ error: null, loading: true });
    await this.start();
  }

  async refresh(): Promise<void> {
    if (document.hidden) return;
    await this.guard(() => refreshTrace("tables", () => this.readAll()));
  }

  private async readAll(): Promise<number> {
    // All are asked for at once: the browser keeps the active span only until the first answer.
    const [players, payments, flags] = await Promise.all([
      readPlayers(this.search),
      readPayments(),
      readFlags(),
    ]);
    for (const [name, value] of Object.entries(flags)) recordFlag(name, value);
    this.set({ players, payments, flags, loading: false, error: null });
    return players.length + payments.length;
  }

  private async guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      reportFailure(error);
      this.set({ error: error instanceof Error ? error.message : String(error), loading: false });
    }
  }

  private set(change: Partial<Snapshot>): void {
    this.snapshot = { ...this.snapshot, ...change };
    for (const listener of [...this.listeners]) listener();
  }
}

export const store = new Store();
