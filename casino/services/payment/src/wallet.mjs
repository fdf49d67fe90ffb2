/** The wallet: postings that are processed once per provider, transaction and kind. */

import { Refusal, Unavailable } from './errors.mjs';
import { call } from './outbound.mjs';

/** @type {import('./outbound.mjs').Limits} */
const LIMITS = { tryMs: 3000, allMs: 9000, tries: 3 };
/** Refusals of the wallet that are final answers; all others say that it is not as it should be. */
const REFUSED = new Set(['insufficient_funds', 'blocked']);

export class Wallet {
  /** @param {string} address */
  constructor(address) {
    this.address = address;
  }

  /**
   * @param {import('./rows.mjs').Row} row
   * @param {'deposit' | 'stake' | 'win' | 'reserve' | 'release' | 'payout' | 'rollback'} kind
   * @returns {Promise<{ balance_minor: number, reserved_minor: number }>}
   */
  async post(row, kind) {
    const { request_uuid, transaction_uuid, player, currency, amount_minor, method } = row;
    const provider = method ? 'novapay' : 'acme-games';
    const posting = { request_uuid, provider, transaction_uuid, kind, player, currency, amount_minor };
    const references = ['release', 'payout', 'rollback'].includes(kind) ? { references: transaction_uuid } : {};
    const answer = await call('wallet', LIMITS, 'POST', `${this.address}/postings`, { ...posting, ...references });
    if (answer.status === 200) return balances(answer.body);
    const code = String(answer.body.error?.code ?? answer.status);
    if (answer.status === 409 && REFUSED.has(code)) throw new Refusal(409, code, `the wallet refused: ${code}`, code);
    throw new Unavailable('wallet', `refused ${kind} with ${code}`);
  }

  /** @param {string} player @param {string} currency */
  async account(player, currency) {
    const path = `/accounts/${encodeURIComponent(player)}?currency=${encodeURIComponent(currency)}`;
    const answer = await call('wallet', LIMITS, 'GET', this.address + path);
    if (answer.status !== 200) throw new Unavailable('wallet', `answered ${answer.status} for an account`);
    return balances(answer.body);
  }
}

/** @param {Record<string, unknown>} body */
function balances({ balance_minor, reserved_minor }) {
  if (!Number.isSafeInteger(balance_minor)) throw new Unavailable('wallet', 'answered without a balance');
  return { balance_minor: Number(balance_minor), reserved_minor: Number(reserved_minor ?? 0) };
}
