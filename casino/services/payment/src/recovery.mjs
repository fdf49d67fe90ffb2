/** Finishes what hangs: payments whose process was killed, whose wallet was away, whose provider never reported. */

import * as Sentry from '@sentry/node';
import { settleCharge } from './charges.mjs';
import { onBehalfOf } from './context.mjs';
import { expireDeposits, settleDeposit } from './deposits.mjs';
import { PaymentError } from './errors.mjs';
import { log } from './log.mjs';
import { reverseStake, settleWin } from './stakes.mjs';
import { describe, report } from './telemetry.mjs';
import { recoverWithdrawal } from './withdrawals.mjs';

/**
 * @typedef {import('./rows.mjs').Row} Row
 * @typedef {import('./parts.mjs').Parts} Parts
 */

const LOOK_EVERY_MS = 1000;
const RENEW_EVERY_MS = 3000;
const AT_ONCE = 8;

/** A stake nobody asked for again within its time of grace was never played. */
const FINISH = {
  stake: reverseStake,
  payout: settleWin,
  charge: settleCharge,
  deposit: settleDeposit,
  withdrawal: recoverWithdrawal,
};

export class Recovery {
  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
    this.stopped = false;
    /** @type {Promise<void> | undefined} */
    this.working = undefined;
    /** @type {NodeJS.Timeout | undefined} */
    this.timer = undefined;
    /** @type {NodeJS.Timeout | undefined} */
    this.renewing = undefined;
  }

  start() {
    this.schedule(0);
    this.renewing = setInterval(() => {
      this.parts.rows.renew().catch((error) => log('warn', 'leases were not renewed', { error: String(error) }));
    }, RENEW_EVERY_MS);
  }

  /** @param {number} ms */
  schedule(ms) {
    this.timer = setTimeout(() => {
      this.working = this.round()
        .catch((error) => log('warn', 'recovery cannot look', { error: String(error) }))
        .finally(() => {
          if (!this.stopped) this.schedule(LOOK_EVERY_MS);
        });
    }, ms);
  }

  /** One look: what is due is finished, what has expired is ended. */
  async round() {
    const due = await this.parts.rows.claimDue(AT_ONCE);
    await Promise.all(due.map((row) => this.finish(row)));
    await Sentry.withIsolationScope(() => expireDeposits(this.parts));
  }

  /** In the trace of the request that opened it, so that its page tells the whole story. @param {Row} row */
  finish(row) {
    const { 'sentry-trace': sentryTrace, baggage, 'x-casino-fault': fault } = row.origin;
    const span = { name: `recover ${row.kind}`, op: 'task', attributes: { state: row.state, attempts: row.attempts } };
    return onBehalfOf({ player: row.player, market: row.market, currency: row.currency, fault }, () =>
      Sentry.withIsolationScope(() =>
        Sentry.continueTrace({ sentryTrace, baggage }, () => Sentry.startSpan(span, () => this.attempt(row))),
      ),
    );
  }

  /** @param {Row} row */
  async attempt(row) {
    describe(row);
    const { payment_id, kind, state, attempts } = row;
    try {
      await this.parts.once.hold(row, async () => void (await FINISH[kind](this.parts, row)));
      log('info', 'recovered a payment', { payment_id, kind, state });
    } catch (error) {
      // Declined while it was finished: that is settled and was reported where it happened.
      if (error instanceof PaymentError) return;
      report(error, row);
      log('warn', 'a payment still hangs', { payment_id, kind, state, attempts, error: String(error) });
    }
  }

  async stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    clearInterval(this.renewing);
    await this.working;
  }
}
