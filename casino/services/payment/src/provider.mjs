/** The payment provider: charges at once, deposits and payouts that it reports on later. */

import * as Sentry from '@sentry/node';
import { asker } from './context.mjs';
import { Unavailable } from './errors.mjs';
import { call } from './outbound.mjs';

/** Slow charges take up to five seconds, so one try gets more than twice that. @type {import('./outbound.mjs').Limits} */
const LIMITS = { tryMs: 12_000, allMs: 27_000, tries: 3 };

export class Provider {
  /**
   * @param {string} address
   * @param {{ callbackUrl: string, returnUrl: string }} settings
   */
  constructor(address, { callbackUrl, returnUrl }) {
    this.address = address;
    this.callback = callbackUrl;
    this.returnUrl = returnUrl;
  }

  /** @param {import('./rows.mjs').Row} row @returns {Promise<{ status: 'authorised' | 'declined', reason: string }>} */
  async charge(row) {
    const { status, reason } = await this.ask('/charges', row, {});
    if (status !== 'authorised' && status !== 'declined')
      throw new Unavailable('provider', `said ${status} to a charge`);
    return { status, reason: String(reason ?? 'declined') };
  }

  /** @param {import('./rows.mjs').Row} row @returns {Promise<string>} where to send the player */
  async deposit(row) {
    const { redirect } = await this.ask('/deposits', row, {
      callback: this.callback,
      return_to: `${this.returnUrl}/${row.payment_id}`,
    });
    if (typeof redirect !== 'string') throw new Unavailable('provider', 'gave no page for a deposit');
    return redirect;
  }

  /** @param {import('./rows.mjs').Row} row */
  payout(row) {
    return this.ask('/payouts', row, { callback: this.callback });
  }

  /**
   * @param {string} path
   * @param {import('./rows.mjs').Row} row
   * @param {object} more
   */
  async ask(path, row, more) {
    const { request_uuid, transaction_uuid, payment_id, player, amount_minor, currency, method } = row;
    const { fault } = asker();
    const body = { request_uuid, transaction_uuid, payment_id, player, amount_minor, currency, method, ...more };
    const started = performance.now();
    const answer = await call('provider', LIMITS, 'POST', this.address + path, {
      ...body,
      ...(fault ? { fault } : {}),
    });
    Sentry.metrics.distribution('casino.provider.duration', performance.now() - started, {
      unit: 'millisecond',
      attributes: { provider: 'novapay', request: path.slice(1) },
    });
    if (answer.status >= 300) throw new Unavailable('provider', `answered ${answer.status}`);
    return answer.body;
  }
}
