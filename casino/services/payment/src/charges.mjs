/** Charges: money of a player who pays per spin, from the provider into his wallet. */

import { PaymentError, Refusal } from './errors.mjs';
import { event } from './events.mjs';
import { count, describe, report } from './telemetry.mjs';

/**
 * @typedef {import('./rows.mjs').Row} Row
 * @typedef {import('./parts.mjs').Parts} Parts
 */

const DECLINED = 'provider declined the charge';
/** Nobody has chosen a method for a charge, so it is the one everybody has. */
const METHOD = 'card';

/**
 * Charges what a stake costs and returns when the money is in the wallet.
 *
 * @param {Parts} parts
 * @param {Row} stake
 */
export async function chargeFor(parts, stake) {
  const { request_uuid, player, market, currency, amount_minor, game, round_id } = stake;
  const input = { request_uuid, player, market, currency, amount_minor, game, round_id, method: METHOD };
  const row = await parts.once.take('charge', input);
  describe(row);
  await parts.once.hold(row, (held) => settleCharge(parts, held));
}

/**
 * Does what is left to do. Recovery calls it too, so it starts from whatever state the row is in.
 *
 * @param {Parts} parts
 * @param {Row} row
 */
export async function settleCharge(parts, row) {
  const charged = row.state === 'created' ? await askProvider(parts, row) : row;
  if (charged.state === 'failed') throw new PaymentError(DECLINED, charged.reason ?? 'declined');
  if (charged.state !== 'authorised') return;
  try {
    await parts.wallet.post(charged, 'deposit');
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await parts.rows.move(charged, ['authorised'], 'failed', { reason: error.code });
    throw new PaymentError('the wallet refused the money of a charge', error.code);
  }
  const { moved } = await parts.rows.move(charged, ['authorised'], 'captured');
  if (moved) count(charged, 'captured');
}

/** @param {Parts} parts @param {Row} row */
async function askProvider(parts, row) {
  const { status, reason } = await parts.provider.charge(row);
  if (status === 'authorised') {
    return (await parts.rows.move(row, ['created'], 'authorised', { providerStatus: 'authorised' })).row;
  }
  const { row: now, moved } = await parts.rows.move(row, ['created'], 'failed', {
    providerStatus: 'declined',
    reason,
    message: event(row, 'charge.failed', reason),
  });
  if (moved) {
    count(row, 'failed');
    report(new PaymentError(DECLINED, reason), now);
  }
  return now;
}
