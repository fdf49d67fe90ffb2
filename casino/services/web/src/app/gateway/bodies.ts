// The bodies of requests and answers, as the contract of the casino's services has them.

export type Kyc = "none" | "submitted" | "verified" | "rejected" | "expired";

export interface Player {
  readonly id: string;
  readonly name: string;
  readonly market: string;
  readonly currency: string;
  readonly kyc: Kyc;
  readonly pays: "wallet" | "per_spin";
}

export interface SessionOpened {
  readonly token: string;
  readonly player: Player;
  readonly balance_minor: number;
  readonly currency: string;
}

export interface Me {
  readonly player: Player;
  readonly balance_minor: number;
  readonly reserved_minor: number;
  readonly currency: string;
}

export interface LobbyGame {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly rtp: number;
  readonly players: number;
  readonly asset?: string;
}

export interface Fair {
  readonly seed_hash: string;
  readonly seed_id: string;
  readonly nonce: number;
  /** Hexadecimal; there once the seed was revealed. */
  readonly server_seed?: string | null;
}

export interface SlotSpin {
  readonly round_id: string;
  readonly stops: readonly number[];
  /** One text per reel, from top to bottom. */
  readonly window: readonly string[];
  readonly lines: readonly SlotLine[];
  readonly stake_minor: number;
  readonly payout_minor: number;
  readonly balance_minor: number;
  readonly rtp: number;
  readonly fair: Fair;
}

export interface SlotLine {
  /** From 1. */
  readonly line: number;
  readonly symbol: string;
  readonly pay_minor: number;
}

export interface RouletteBet {
  readonly kind: "straight" | "split" | "street" | "corner" | "sixline" | "dozen" | "even";
  readonly numbers: readonly number[];
  readonly stake_minor: number;
}

export interface RouletteSpin {
  readonly round_id: string;
  readonly number: number;
  readonly colour: "red" | "black" | "green";
  readonly payout_minor: number;
  readonly balance_minor: number;
  readonly rtp?: number;
}

export interface BlackjackRound {
  readonly round_id: string;
  /** Rank and suit: "TS", "AH". */
  readonly player: readonly string[];
  readonly dealer: readonly string[];
  readonly state: "playing" | "done";
  readonly payout_minor: number;
  readonly balance_minor: number;
  readonly rtp?: number;
}

export type PaymentState =
  | "created"
  | "redirected"
  | "authorised"
  | "captured"
  | "failed"
  | "expired"
  | "reversed";
export type Method = "card" | "sepa" | "wallet";

export interface Payment {
  readonly payment_id: string;
  readonly kind: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly method: string;
  readonly state: PaymentState;
  readonly reason?: string | null;
  readonly created_at: string;
}

export interface PaymentStarted {
  readonly payment_id: string;
  readonly state: PaymentState;
  readonly redirect?: string;
}

export interface PaymentOrder {
  readonly amount_minor: number;
  readonly currency: string;
  readonly method: Method;
  readonly request_uuid: string;
}

export interface RoundRecord {
  readonly round_id: string;
  readonly game: string;
  readonly stake_minor: number;
  readonly payout_minor: number;
  readonly currency?: string;
  readonly fair: Fair;
}
