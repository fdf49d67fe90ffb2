/** Withdrawals: money is set aside, the provider pays it out, and it leaves for good or comes back. */

import { errorAnswer, PaymentError, Refusal, Unavailable } from './errors.mjs';
import { event } from './events.mjs';
import { log } from './log.mjs';
import { count, describe, measure, report } from './telemetry.mjs';

/**
 * @typedef {import('./rows.mjs').Row} Row
 * @typedef {import('./rows.mjs').Input} Input
 * @typedef {import('./rows.mjs').Answer} Answer
 * @typedef {import('./parts.mjs').Parts} Parts
 */

/** A provider that has not reported after so long is asked again, less and less often; it processes one transaction once. */
const ASK_AGAIN_SECONDS = 30;
const ASK_AGAIN_AT_MOST_SECONDS = 600;
const FAILED = 'provider refused the payout';

/** @param {Parts} parts @param {Input} input */
export function withdraw(parts, input) {
  return parts.once.answer('withdrawal', input, async (row) => {
    describe(row);
    measure('withdrawal', row.amount_minor);
    forgetRejection(parts);
    const reserved = row.state === 'created' ? await reserve(parts, row) : row;
    if (reserved.answer) return reserved.answer;
    try {
      await payOutside(parts, reserved);
    } catch (error) {
      // The money is set aside and the order is written down: recovery asks the provider again.
      if (!(error instanceof Unavailable)) throw error;
      report(error, reserved);
    }
    return answerOf(reserved);
  });
}

/** @param {Row} row @returns {Answer} */
function answerOf({ payment_id, state }) {
  return { status: 200, body: { payment_id, state } };
}

/** @param {Parts} parts @param {Row} row */
async function reserve(parts, row) {
  try {
    await parts.users.mustBeVerified(row.player);
    await parts.wallet.post(row, 'reserve');
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refuse(parts, row, error);
  }
  const answer = answerOf({ ...row, state: 'authorised' });
  const { row: now, moved } = await parts.rows.move(row, ['created'], 'authorised');
  if (moved) count(row, 'authorised');
  return moved ? now : { ...now, answer: now.answer ?? answer };
}

/** @param {Parts} parts @param {Row} row @param {Refusal} error */
async function refuse(parts, row, error) {
  const answer = errorAnswer(error.status, error.code, error.message, error.reason);
  const message = event(row, 'withdrawal.failed', error.code);
  const { row: now, moved } = await parts.rows.move(row, ['created'], 'failed', {
    reason: error.code,
    answer,
    message,
  });
  if (moved) count(row, 'failed');
  return now;
}

/** Asks the provider and notes that it was asked; its callback says what came of it. @param {Parts} parts @param {Row} row */
async function payOutside(parts, row) {
  if (row.state !== 'authorised') return;
  const { status, reason } = await parts.provider.payout(row);
  await parts.rows.move(row, ['authorised'], 'authorised', {
    providerStatus: 'asked',
    answer: answerOf(row),
    tryAgainIn: Math.min(Math.max(ageSeconds(row), ASK_AGAIN_SECONDS), ASK_AGAIN_AT_MOST_SECONDS),
  });
  if (status === 'authorised' || status === 'declined') {
    await settleWithdrawal(parts, await payoutReported(parts, row, status, String(reason ?? 'declined')));
  }
}

/** @param {Row} row */
function ageSeconds(row) {
  return (Date.now() - row.created_at.getTime()) / 1000;
}

/**
 * @param {Parts} parts
 * @param {Row} row
 * @param {'authorised' | 'declined'} status
 * @param {string} reason
 * @returns {Promise<Row>}
 */
export async function payoutReported(parts, row, status, reason) {
  // What was said first counts: a payout that went through cannot be refused later.
  if (row.provider_status === 'authorised' || row.provider_status === 'declined') return row;
  const change = { providerStatus: status, ...(status === 'declined' ? { reason } : {}) };
  return (await parts.rows.move(row, ['authorised'], 'authorised', change)).row;
}

/** Does what is left to do, from whatever state it is in. @param {Parts} parts @param {Row} row @returns {Promise<Row>} */
export async function settleWithdrawal(parts, row) {
  if (row.state !== 'authorised') return row;
  if (row.provider_status === 'authorised') {
    await parts.wallet.post(row, 'payout');
    return end(parts, row, 'captured', event(row, 'withdrawal.settled'));
  }
  if (row.provider_status === 'declined') {
    await parts.wallet.post(row, 'release');
    const now = await end(parts, row, 'failed', event(row, 'withdrawal.failed', row.reason ?? 'declined'));
    report(new PaymentError(FAILED, row.reason ?? 'declined'), now);
    return now;
  }
  return row;
}

/**
 * @param {Parts} parts
 * @param {Row} row
 * @param {'captured' | 'failed'} state
 * @param {import('./outbox.mjs').Message} message
 */
async function end(parts, row, state, message) {
  const { row: now, moved } = await parts.rows.move(row, ['authorised'], state, { message });
  if (moved) count(row, state);
  return now;
}

/**
 * What hangs after a crash or a silence. One that was never reserved for certain is undone, for its player was told that it failed.
 *
 * @param {Parts} parts
 * @param {Row} row
 */
export async function recoverWithdrawal(parts, row) {
  if (row.state === 'authorised') {
    if (row.provider_status === '' || row.provider_status === 'asked') await payOutside(parts, row);
    else await settleWithdrawal(parts, row);
    return;
  }
  await parts.wallet.post(row, 'rollback');
  const answer = errorAnswer(409, 'withdrawal_reversed', 'the withdrawal was interrupted and undone', 'interrupted');
  const message = event(row, 'withdrawal.failed', 'interrupted');
  const { moved } = await parts.rows.move(row, ['created'], 'reversed', { reason: 'interrupted', answer, message });
  if (moved) count(row, 'reversed');
}

/** The flag `rejectionPayment`: a promise whose rejection nobody waits for. @param {Parts} parts */
function forgetRejection(parts) {
  if (!parts.flags.on('rejectionPayment')) return;
  log('debug', 'a receipt is written and not waited for');
  void writeReceipt();
}

async function writeReceipt() {
  throw new PaymentError('the receipt of a withdrawal could not be written', 'receipt');
}
