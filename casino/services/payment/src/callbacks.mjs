/** The provider's callbacks: signed, perhaps doubled, late, or earlier than expected. */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { depositReported, settleDeposit } from './deposits.mjs';
import { PaymentError, Refusal, Unavailable } from './errors.mjs';
import { amount, currency, object, oneOf, text, uuid } from './input.mjs';
import { log } from './log.mjs';
import { describe, report } from './telemetry.mjs';
import { payoutReported, settleWithdrawal } from './withdrawals.mjs';

/**
 * @typedef {import('./rows.mjs').Row} Row
 * @typedef {import('./rows.mjs').Answer} Answer
 * @typedef {import('./parts.mjs').Parts} Parts
 * @typedef {ReturnType<typeof read>} Report
 */

/**
 * @param {Parts} parts
 * @param {Buffer} raw the body as it was signed
 * @param {string | undefined} signature
 * @returns {Promise<Answer>}
 */
export async function takeCallback(parts, raw, signature) {
  if (!signedBy(parts.settings.callbackSecret, raw, signature)) {
    throw new Refusal(401, 'bad_signature', 'the signature is not that of the provider');
  }
  const said = read(raw);
  const row = await parts.rows.byId(said.payment_id);
  if (row?.kind !== 'deposit' && row?.kind !== 'withdrawal')
    throw new Refusal(404, 'unknown_payment', 'there is no such payment');
  describe(row);
  mustMatch(said, row);
  const first = await isFirst(parts, said);
  log('info', 'the provider reported', { payment_id: row.payment_id, status: said.status, first });
  const now = await settle(parts, row, said);
  return { status: 200, body: { payment_id: now.payment_id, state: now.state } };
}

/** @param {string} secret @param {Buffer} raw @param {string | undefined} signature */
export function signedBy(secret, raw, signature) {
  const expected = createHmac('sha256', secret).update(raw).digest();
  const given = Buffer.from(signature ?? '', 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** @param {Buffer} raw */
function read(raw) {
  const body = object(raw);
  return {
    request_uuid: uuid(body, 'request_uuid'),
    transaction_uuid: uuid(body, 'transaction_uuid'),
    payment_id: uuid(body, 'payment_id'),
    status: oneOf(body, 'status', /** @type {const} */ (['authorised', 'declined'])),
    amount_minor: amount(body, 'amount_minor'),
    currency: currency(body, 'currency'),
    reason: body.reason === undefined ? 'declined' : text(body, 'reason'),
  };
}

/** Another sum than the one that was asked for must never be credited. @param {Report} said @param {Row} row */
function mustMatch(said, row) {
  const same =
    said.transaction_uuid === row.transaction_uuid &&
    said.amount_minor === row.amount_minor &&
    said.currency === row.currency;
  if (same) return;
  report(new PaymentError('a callback differs from its payment', 'callback_differs'), row);
  throw new Refusal(409, 'callback_differs', 'this is not what was asked for');
}

/** @param {Parts} parts @param {Report} said */
async function isFirst(parts, said) {
  const inserted = await parts.database.sql(
    `INSERT INTO payments.callbacks (request_uuid, payment_id, status) VALUES ($1, $2, $3)
     ON CONFLICT (request_uuid) DO NOTHING RETURNING request_uuid`,
    [said.request_uuid, said.payment_id, said.status],
  );
  return inserted.length > 0;
}

/**
 * Once it is written down the provider may forget it: if the wallet is away, recovery credits later. What was said stays the
 * same however often it is said, for each step leads only from the states before it.
 *
 * @param {Parts} parts
 * @param {Row} row
 * @param {Report} said
 * @returns {Promise<Row>}
 */
async function settle(parts, row, said) {
  const isDeposit = row.kind === 'deposit';
  const reported = isDeposit
    ? await depositReported(parts, row, said.status, said.reason)
    : await payoutReported(parts, row, said.status, said.reason);
  try {
    return isDeposit ? await settleDeposit(parts, reported) : await settleWithdrawal(parts, reported);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    report(error, reported);
    return reported;
  }
}
