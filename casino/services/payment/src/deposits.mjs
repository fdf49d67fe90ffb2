/** Deposits: a page of the provider, its signed callback, the money in the wallet, the message about it. */

import { Refusal } from './errors.mjs';
import { event } from './events.mjs';
import { log } from './log.mjs';
import { count, describe, measure } from './telemetry.mjs';

/**
 * @typedef {import('./rows.mjs').Row} Row
 * @typedef {import('./rows.mjs').Input} Input
 * @typedef {import('./rows.mjs').Answer} Answer
 * @typedef {import('./parts.mjs').Parts} Parts
 */

const EXPIRED_AT_ONCE = 50;

/** @param {Parts} parts @param {Input} input */
export function deposit(parts, input) {
  const expiresIn = parts.settings.redirectSeconds;
  return parts.once.answer('deposit', input, (row) => redirect(parts, row), { expiresIn });
}

/** @param {Parts} parts @param {Row} row @returns {Promise<Answer>} */
async function redirect(parts, row) {
  describe(row);
  measure('deposit', row.amount_minor);
  if (row.state !== 'created') return answerOf(row, row.redirect);
  leakCard(parts);
  const page = await parts.provider.deposit(row);
  const answer = answerOf({ ...row, state: 'redirected' }, page);
  const { row: now, moved } = await parts.rows.move(row, ['created'], 'redirected', { redirect: page, answer });
  if (moved) count(row, 'redirected');
  // A callback may have been quicker than the provider's own answer.
  return moved ? answer : answerOf(now, page);
}

/** @param {Row} row @param {string | null} page @returns {Answer} */
function answerOf({ payment_id, state }, page) {
  return { status: 200, body: { payment_id, state, ...(page ? { redirect: page } : {}) } };
}

/**
 * The provider said what became of it. The player may have been away longer than we waited: money that was taken is credited.
 *
 * @param {Parts} parts
 * @param {Row} row
 * @param {'authorised' | 'declined'} status
 * @param {string} reason
 * @returns {Promise<Row>}
 */
export async function depositReported(parts, row, status, reason) {
  if (status === 'authorised') {
    /** @type {Row['state'][]} */
    const from = ['created', 'redirected', 'expired'];
    return (await parts.rows.move(row, from, 'authorised', { providerStatus: 'authorised' })).row;
  }
  const { row: now, moved } = await parts.rows.move(row, ['created', 'redirected'], 'failed', {
    providerStatus: 'declined',
    reason,
    message: event(row, 'deposit.failed', reason),
  });
  if (moved) count(row, 'failed');
  return now;
}

/** Credits what was authorised. @param {Parts} parts @param {Row} row @returns {Promise<Row>} */
export async function settleDeposit(parts, row) {
  if (row.state !== 'authorised') return row;
  try {
    await parts.wallet.post(row, 'deposit');
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const reason = error.code;
    const message = event(row, 'deposit.failed', reason);
    return (await parts.rows.move(row, ['authorised'], 'failed', { reason, message })).row;
  }
  const message = event(row, 'deposit.captured');
  const { row: now, moved } = await parts.rows.move(row, ['authorised'], 'captured', { message });
  if (moved) count(row, 'captured');
  return now;
}

/** Ends deposits whose player never came back. @param {Parts} parts */
export async function expireDeposits(parts) {
  const late = await parts.database.sql(
    `SELECT * FROM payments.payments WHERE kind = 'deposit' AND state IN ('created', 'redirected')
       AND expires_at < now() ORDER BY expires_at LIMIT $1`,
    [EXPIRED_AT_ONCE],
  );
  for (const row of late) {
    const { moved } = await parts.rows.move(row, ['created', 'redirected'], 'expired', {
      reason: 'expired',
      message: event(row, 'deposit.failed', 'expired'),
    });
    if (!moved) continue;
    count(row, 'expired');
    log('info', 'a deposit expired', { payment_id: row.payment_id, player: row.player });
  }
}

/** The flag `piiLeak`: what a careless developer logs. The card is the usual test number. @param {Parts} parts */
function leakCard(parts) {
  if (!parts.flags.on('piiLeak')) return;
  const token = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJwLTAwMDEyMyJ9', 'c3ludGhldGljLXNpZ25hdHVyZS1vZi1hLXRlc3Q'].join(
    '.',
  );
  log('debug', `deposit with card 4242 4242 4242 4242, cvv 123, expires 12/30, token ${token}`, {
    card_number: '4242424242424242',
    cvv: '123',
    authorization: `Bearer ${token}`,
  });
}
