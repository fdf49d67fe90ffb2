// All requests of the page, each with its time limit. A failure is always a `GatewayFailure`.
import { HttpClient } from "@angular/common/http";
import { Injectable, inject } from "@angular/core";
import { firstValueFrom, type Observable } from "rxjs";
import type {
  BlackjackRound,
  LobbyGame,
  Me,
  Payment,
  PaymentOrder,
  PaymentStarted,
  Player,
  RouletteBet,
  RouletteSpin,
  RoundRecord,
  SessionOpened,
  SlotSpin,
} from "./bodies";
import { toFailure } from "./failure";

const QUICK_MS = 12_000;
/** The provider may take half a minute. */
const MONEY_MS = 35_000;

@Injectable({ providedIn: "root" })
export class Gateway {
  private readonly http = inject(HttpClient);

  openSession(device: string): Promise<SessionOpened> {
    return this.post("/api/sessions", { device }, QUICK_MS);
  }

  me(): Promise<Me> {
    return this.get("/api/me");
  }

  submitDocument(document: string): Promise<Player> {
    return this.post("/api/me/kyc", { document }, QUICK_MS);
  }

  async lobby(): Promise<readonly LobbyGame[]> {
    return (await this.get<{ games: readonly LobbyGame[] }>("/api/lobby")).games;
  }

  async flags(): Promise<Readonly<Record<string, unknown>>> {
    return (await this.get<{ flags?: Readonly<Record<string, unknown>> }>("/api/flags")).flags ?? {};
  }

  spinSlot(stake_minor: number, currency: string): Promise<SlotSpin> {
    return this.post(
      "/api/games/slot/spin",
      { stake_minor, currency, request_uuid: crypto.randomUUID() },
      MONEY_MS,
    );
  }

  spinRoulette(bets: readonly RouletteBet[], request_uuid: string): Promise<RouletteSpin> {
    return this.post("/api/games/roulette/spin", { bets, request_uuid }, MONEY_MS);
  }

  dealBlackjack(stake_minor: number): Promise<BlackjackRound> {
    return this.post(
      "/api/games/blackjack/deal",
      { stake_minor, request_uuid: crypto.randomUUID() },
      MONEY_MS,
    );
  }

  playBlackjack(round: string, action: "hit" | "stand" | "double"): Promise<BlackjackRound> {
    const body = { request_uuid: crypto.randomUUID() };
    return this.post(`/api/games/blackjack/${encodeURIComponent(round)}/${action}`, body, MONEY_MS);
  }

  round(id: string): Promise<RoundRecord> {
    return this.get(`/api/games/rounds/${encodeURIComponent(id)}`);
  }

  deposit(order: PaymentOrder): Promise<PaymentStarted> {
    return this.post("/api/payments/deposit", order, MONEY_MS);
  }

  withdraw(order: PaymentOrder): Promise<PaymentStarted> {
    return this.post("/api/payments/withdraw", order, MONEY_MS);
  }

  payment(id: string): Promise<Payment> {
    return this.get(`/api/payments/${encodeURIComponent(id)}`);
  }

  async payments(limit: number): Promise<readonly Payment[]> {
    return (await this.get<{ payments: readonly Payment[] }>(`/api/payments?limit=${limit}`)).payments;
  }

  private get<T>(path: string): Promise<T> {
    return settled(this.http.get<T>(path, { timeout: QUICK_MS }));
  }

  private post<T>(path: string, body: object, timeout: number): Promise<T> {
    return settled(this.http.post<T>(path, body, { timeout }));
  }
}

/** Subscribes at once, so that the request is sent before the caller's first await. */
function settled<T>(answer: Observable<T>): Promise<T> {
  return firstValueFrom(answer).catch((cause: unknown) => {
    throw toFailure(cause);
  });
}
