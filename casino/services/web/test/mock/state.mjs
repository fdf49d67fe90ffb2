// What the stand-in remembers, and the faults it was told to show.
import { createHash, randomBytes, randomUUID } from "node:crypto";

export const player = {
  id: "p-000123",
  name: "Ilse Winterfeld",
  market: "de",
  currency: "EUR",
  kyc: "none",
  pays: "per_spin",
};
export const money = { balance: 1_000_000, staked: 0, paid: 0 };
/** @type {Map<string, any>} */
export const payments = new Map();
/** @type {Map<string, any>} */
export const rounds = new Map();
/** Requests that carried a trace, newest last; tests read them at `GET /mock/requests`. @type {any[]} */
export const requests = [];

const seed = randomBytes(32);
const fair = {
  seed_id: "s-0001",
  seed_hash: createHash("sha256").update(seed).digest("hex"),
};
let nonce = 0;

/** @param {string} game @param {number} stake @param {number} payout */
export function recordRound(game, stake, payout) {
  const round_id = randomUUID();
  money.balance += payout - stake;
  money.staked += stake;
  money.paid += payout;
  nonce += 1;
  rounds.set(round_id, {
    round_id,
    game,
    version: "slot-3",
    stake_minor: stake,
    payout_minor: payout,
    currency: player.currency,
    fair: { ...fair, nonce, server_seed: seed.toString("hex") },
  });
  return {
    round_id,
    payout_minor: payout,
    stake_minor: stake,
    balance_minor: money.balance,
    rtp: money.paid / money.staked,
    fair: { ...fair, nonce },
  };
}

/** @param {string} kind @param {any} order @param {string} state */
export function recordPayment(kind, order, state) {
  const payment = {
    payment_id: randomUUID(),
    kind,
    amount_minor: order.amount_minor,
    currency: order.currency,
    method: order.method,
    state,
    created_at: new Date().toISOString(),
  };
  payments.set(payment.payment_id, payment);
  return payment;
}
