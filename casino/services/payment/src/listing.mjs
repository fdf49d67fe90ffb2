/** Payments as the player and the admin page see them. */

import { asker } from './context.mjs';
import { Refusal } from './errors.mjs';
import { uuid } from './input.mjs';

/**
 * @typedef {import('./rows.mjs').Row} Row
 * @typedef {import('./parts.mjs').Parts} Parts
 */

const USUAL = 20;
const MOST = 200;

/**
 * The latest first. A stake or a win is no payment: these are money that came from outside or went there.
 *
 * @param {Parts} parts
 * @param {string | undefined} player all players where none is named
 * @param {URLSearchParams} query
 */
export async function listPayments(parts, player, query) {
  const limit = Number(query.get('limit') ?? USUAL);
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new Refusal(400, 'bad_request', 'limit must be a whole number above 0');
  const rows = await parts.database.sql(
    `SELECT * FROM payments.payments WHERE kind IN ('charge', 'deposit', 'withdrawal') AND ($1::text IS NULL OR player = $1)
     ORDER BY created_at DESC LIMIT $2`,
    [player ?? null, Math.min(limit, MOST)],
  );
  return { status: 200, body: { payments: rows.map((row) => shown(row, player === undefined)) } };
}

/** @param {Parts} parts @param {string} id */
export async function onePayment(parts, id) {
  const row = await parts.rows.byId(uuid({ id }, 'id'));
  const { player, role } = asker();
  // Somebody else's payment is as unknown as one that does not exist.
  if (!row || (role !== 'admin' && row.player !== player))
    throw new Refusal(404, 'unknown_payment', 'there is no such payment');
  return { status: 200, body: shown(row, role === 'admin') };
}

/** @param {Row} row @param {boolean} forAdmin */
function shown(row, forAdmin) {
  const { payment_id, kind, amount_minor, currency, method, state, reason, created_at } = row;
  return {
    payment_id,
    kind,
    amount_minor,
    currency,
    method,
    state,
    ...(reason ? { reason } : {}),
    created_at: created_at.toISOString(),
    ...(forAdmin ? { player: row.player, market: row.market } : {}),
  };
}
