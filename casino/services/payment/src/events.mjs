/** Messages for the bus about what became of a payment. */

import { randomUUID } from 'node:crypto';
import { origin } from './telemetry.mjs';

/**
 * @typedef {'deposit.captured' | 'deposit.failed' | 'withdrawal.settled' | 'withdrawal.failed' | 'charge.failed'} Type
 */

/**
 * @param {import('./rows.mjs').Row} row
 * @param {Type} type
 * @param {string} [reason]
 * @returns {import('./outbox.mjs').Message}
 */
export function event(row, type, reason) {
  const { player, market, payment_id, amount_minor, currency, method } = row;
  const value = {
    id: randomUUID(),
    type,
    at: new Date().toISOString(),
    player,
    market,
    payment_id,
    amount_minor,
    currency,
    method,
    ...(reason ? { reason } : {}),
  };
  return { topic: 'casino.payments', key: player, value, headers: origin() };
}
