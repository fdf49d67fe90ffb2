/** The money of a spin: the stake before it, the win after it, and taking a stake back. */

import { chargeFor } from './charges.mjs';
import { errorAnswer, PaymentError, Refusal } from './errors.mjs';
import { log } from './log.mjs';
import { count, describe, measure } from './telemetry.mjs';

/**
 * @typedef {import('./rows.mjs').Row} Row
 * @typedef {import('./rows.mjs').Input} Input
 * @typedef {import('./rows.mjs').Answer} Answer
 * @typedef {import('./parts.mjs').Parts} Parts
 */

const REVERSED = errorAnswer(402, 'payment_failed', 'the stake was taken back', 'reversed');

/**
 * @param {Parts} parts
 * @param {Input & { pays: string }} input
 */
export function takeStake(parts, input) {
  return parts.once.answer('stake', input, async (row) => {
    describe(row);
    measure('bet', row.amount_minor);
    try {
      if (input.pays === 'per_spin') await chargeFor(parts, row);
      const { balance_minor } = await parts.wallet.post(row, 'stake');
      return await settle(parts, row, { status: 200, body: { stake_id: row.payment_id, balance_minor } });
    } catch (error) {
      if (error instanceof PaymentError || error instanceof Refusal) return refuse(parts, row, error);
      throw error;
    }
  });
}

/** @param {Parts} parts @param {Row} row @param {Answer} answer */
async function settle(parts, row, answer) {
  const { row: now, moved } = await parts.rows.move(row, ['created'], 'captured', { answer });
  if (moved) count(row, 'captured');
  return now.answer ?? answer;
}

/** @param {Parts} parts @param {Row} row @param {PaymentError | Refusal} error */
async function refuse(parts, row, error) {
  const reason = error.reason ?? 'refused';
  const answer = errorAnswer(402, 'payment_failed', error.message, reason);
  const { row: now, moved } = await parts.rows.move(row, ['created'], 'failed', { reason, answer });
  if (moved) count(row, 'failed');
  log('warn', 'a stake was refused', { round_id: row.round_id ?? undefined, player: row.player, reason });
  return now.answer ?? answer;
}

/** Wins are always taken, also long after the session is over. @param {Parts} parts @param {Input} input */
export function payOut(parts, input) {
  return parts.once.answer('payout', input, (row) => settleWin(parts, row));
}

/** @param {Parts} parts @param {Row} row @returns {Promise<Answer>} */
export async function settleWin(parts, row) {
  describe(row);
  measure('payout', row.amount_minor);
  const { balance_minor } =
    row.amount_minor > 0 ? await parts.wallet.post(row, 'win') : await parts.wallet.account(row.player, row.currency);
  const answer = { status: 200, body: { payout_id: row.payment_id, balance_minor } };
  const { row: now, moved } = await parts.rows.move(row, ['created'], 'captured', { answer });
  if (moved) count(row, 'captured');
  return now.answer ?? answer;
}

/**
 * Takes back what a stake did, known or not: one that is not known yet is refused when it comes.
 *
 * @param {Parts} parts
 * @param {Input} input that of the stake
 * @returns {Promise<Answer>}
 */
export async function rollBack(parts, input) {
  await parts.once.settled('stake', input.request_uuid);
  const { row, mine } = await parts.rows.open('stake', input, { state: 'reversed', answer: REVERSED });
  describe(row);
  if (mine) {
    await parts.rows.release(row);
  } else if (row.state === 'created' || row.state === 'captured') {
    const held = await parts.once.claimOrWait(row);
    await parts.once.hold(held, (now) => reverseStake(parts, now));
  }
  const { balance_minor } = await parts.wallet.account(row.player, row.currency);
  return { status: 200, body: { balance_minor } };
}

/** @param {Parts} parts @param {Row} row */
export async function reverseStake(parts, row) {
  if (row.state !== 'created' && row.state !== 'captured') return;
  await parts.wallet.post(row, 'rollback');
  const { moved } = await parts.rows.move(row, ['created', 'captured'], 'reversed', {
    answer: REVERSED,
    reason: 'rolled_back',
  });
  if (moved) count(row, 'reversed');
}
