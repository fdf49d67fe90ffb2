/** The table of payments: opening, claiming, moving from state to state. Each function is one statement, so each is atomic. */

import { randomUUID } from 'node:crypto';
import { Refusal } from './errors.mjs';
import { origin } from './telemetry.mjs';

/**
 * @typedef {'stake' | 'payout' | 'charge' | 'deposit' | 'withdrawal'} Kind
 * @typedef {'created' | 'redirected' | 'authorised' | 'captured' | 'failed' | 'expired' | 'reversed'} State
 * @typedef {{ status: number, body: object }} Answer
 *
 * @typedef {object} Row
 * @property {string} payment_id
 * @property {Kind} kind
 * @property {string} request_uuid
 * @property {string} transaction_uuid the same at the provider and in the wallet
 * @property {string} player
 * @property {string} market
 * @property {string} currency
 * @property {number} amount_minor
 * @property {string} method
 * @property {string} game
 * @property {string | null} round_id
 * @property {State} state
 * @property {'' | 'asked' | 'authorised' | 'declined'} provider_status
 * @property {string | null} reason
 * @property {string | null} redirect
 * @property {Answer | null} answer what the first request with this request_uuid was told
 * @property {Record<string, string>} origin trace and faults of the request that opened it
 * @property {number} attempts
 * @property {Date} created_at
 *
 * @typedef {Pick<Row, 'request_uuid' | 'player' | 'market' | 'currency' | 'amount_minor'> &
 *   Partial<Pick<Row, 'method' | 'game' | 'round_id'>>} Input
 *
 * @typedef {object} Change
 * @property {Row['provider_status']} [providerStatus]
 * @property {string} [reason]
 * @property {string} [redirect]
 * @property {Answer} [answer]
 * @property {number} [expiresIn] seconds
 * @property {number} [tryAgainIn] seconds until recovery may look at it
 * @property {import('./outbox.mjs').Message | undefined} [message] is queued in the same statement
 */

/** States after which nobody needs to hold the row. @type {Set<State>} */
const LAST = new Set(['captured', 'failed', 'expired', 'reversed']);
/** A process that works on a row renews this; what a killed process held is free after so long. */
export const LEASE_SECONDS = 10;
/** What the caller may still ask for again is left to him for so long. */
const GRACE_SECONDS = 20;
const LONGEST_PAUSE_SECONDS = 30;

export class Rows {
  /** @param {import('./database.mjs').Database} database */
  constructor(database) {
    this.database = database;
    this.owner = randomUUID();
    /** @type {Set<string>} rows this process works on */
    this.held = new Set();
    /** is called after a message was queued */
    this.onMessage = () => {};
  }

  /**
   * Opens a row, or finds the one that an earlier request with the same `request_uuid` opened.
   *
   * @param {Kind} kind
   * @param {Input} input
   * @param {{ state?: State, answer?: Answer, expiresIn?: number }} [options]
   * @returns {Promise<{ row: Row, mine: boolean }>}
   */
  async open(kind, input, { state = 'created', answer, expiresIn } = {}) {
    const inserted = await this.database.sql(
      `INSERT INTO payments.payments (payment_id, kind, request_uuid, transaction_uuid, player, market, currency,
         amount_minor, method, game, round_id, state, answer, origin, owner, lease_until, next_try_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
         now() + make_interval(secs => $16), now() + make_interval(secs => $17), now() + make_interval(secs => $18))
       ON CONFLICT (kind, request_uuid) DO NOTHING RETURNING *`,
      [
        randomUUID(),
        kind,
        input.request_uuid,
        randomUUID(),
        input.player,
        input.market,
        input.currency,
        input.amount_minor,
        input.method ?? '',
        input.game ?? '',
        input.round_id ?? null,
        state,
        answer ?? null,
        origin(),
        this.owner,
        LEASE_SECONDS,
        GRACE_SECONDS,
        expiresIn ?? null,
      ],
    );
    if (inserted[0]) return { row: this.hold(inserted[0]), mine: true };
    const [row] = await this.database.sql('SELECT * FROM payments.payments WHERE kind = $1 AND request_uuid = $2', [
      kind,
      input.request_uuid,
    ]);
    if (!row) throw new Error('a row that was in the way has gone');
    if (row.player !== input.player || row.amount_minor !== input.amount_minor || row.currency !== input.currency) {
      throw new Refusal(409, 'request_differs', 'this request_uuid was used for another request');
    }
    return { row, mine: false };
  }

  /** @param {string} paymentId @returns {Promise<Row | undefined>} */
  async byId(paymentId) {
    return (await this.database.sql('SELECT * FROM payments.payments WHERE payment_id = $1', [paymentId]))[0];
  }

  /** Takes a row that nobody works on. @param {string} paymentId @returns {Promise<Row | undefined>} */
  async claim(paymentId) {
    const [row] = await this.database.sql(
      `UPDATE payments.payments SET owner = $2, lease_until = now() + make_interval(secs => $3)
       WHERE payment_id = $1 AND (lease_until IS NULL OR lease_until < now()) RETURNING *`,
      [paymentId, this.owner, LEASE_SECONDS],
    );
    return row && this.hold(row);
  }

  /** Rows whose work hangs and whose time has come. @param {number} most @returns {Promise<Row[]>} */
  async claimDue(most) {
    const rows = await this.database.sql(
      `UPDATE payments.payments SET owner = $1, lease_until = now() + make_interval(secs => $2)
       WHERE payment_id IN (
         SELECT payment_id FROM payments.payments
         WHERE state IN ('created', 'authorised') AND kind <> 'deposit' AND next_try_at <= now()
           AND (lease_until IS NULL OR lease_until < now())
         UNION ALL
         SELECT payment_id FROM payments.payments
         WHERE state = 'authorised' AND kind = 'deposit' AND next_try_at <= now()
           AND (lease_until IS NULL OR lease_until < now())
         LIMIT $3)
       AND (lease_until IS NULL OR lease_until < now()) RETURNING *`,
      [this.owner, LEASE_SECONDS, most],
    );
    return rows.map((row) => this.hold(row));
  }

  /**
   * Moves a row on, and queues the message about it, in one statement. Where another process was quicker nothing changes
   * and the row comes back as it is.
   *
   * @param {Row} row
   * @param {State[]} from
   * @param {State} to
   * @param {Change} [change]
   * @returns {Promise<{ row: Row, moved: boolean }>}
   */
  async move(row, from, to, change = {}) {
    const { message } = change;
    const [moved] = await this.database.sql(
      `WITH moved AS (
         UPDATE payments.payments SET state = $3,
           provider_status = CASE WHEN $4 = 'asked' AND provider_status <> '' THEN provider_status
             ELSE COALESCE($4, provider_status) END,
           reason = COALESCE($5, reason), redirect = COALESCE($6, redirect), answer = COALESCE($7, answer),
           expires_at = COALESCE(now() + make_interval(secs => $8), expires_at), attempts = 0,
           next_try_at = now() + make_interval(secs => $9), updated_at = now(),
           owner = CASE WHEN $14 THEN NULL ELSE owner END, lease_until = CASE WHEN $14 THEN NULL ELSE lease_until END
         WHERE payment_id = $1 AND state = ANY ($2) RETURNING *
       ), queued AS (
         INSERT INTO payments.outbox (topic, key, value, headers)
         SELECT $10, $11, $12, $13 FROM moved WHERE $10::text IS NOT NULL
       ) SELECT * FROM moved`,
      [
        row.payment_id,
        from,
        to,
        change.providerStatus ?? null,
        change.reason ?? null,
        change.redirect ?? null,
        change.answer ?? null,
        change.expiresIn ?? null,
        change.tryAgainIn ?? 0,
        message?.topic ?? null,
        message?.key ?? null,
        message?.value ?? null,
        message?.headers ?? null,
        LAST.has(to),
      ],
    );
    if (moved && LAST.has(to)) this.held.delete(row.payment_id);
    if (moved && message) this.onMessage();
    if (moved) return { row: moved, moved: true };
    return { row: (await this.byId(row.payment_id)) ?? row, moved: false };
  }

  /** Work on it is over; whoever comes next may have it. @param {Row} row */
  async release(row) {
    if (!this.held.delete(row.payment_id)) return;
    await this.database.sql(
      'UPDATE payments.payments SET owner = NULL, lease_until = NULL WHERE payment_id = $1 AND owner = $2',
      [row.payment_id, this.owner],
    );
  }

  /** It did not work: recovery tries again, later each time. @param {Row} row */
  async postpone(row) {
    if (!this.held.delete(row.payment_id)) return;
    const pause = Math.min(2 ** Math.min(row.attempts, 10), LONGEST_PAUSE_SECONDS) * (0.75 + Math.random() / 2);
    await this.database.sql(
      `UPDATE payments.payments SET owner = NULL, lease_until = NULL, attempts = attempts + 1,
         next_try_at = GREATEST(next_try_at, now() + make_interval(secs => $3))
       WHERE payment_id = $1 AND owner = $2`,
      [row.payment_id, this.owner, pause],
    );
  }

  /** One statement for all rows in hand, every few seconds. */
  async renew() {
    if (this.held.size === 0) return;
    await this.database.sql(
      `UPDATE payments.payments SET lease_until = now() + make_interval(secs => $3)
       WHERE payment_id = ANY ($1) AND owner = $2`,
      [[...this.held], this.owner, LEASE_SECONDS],
    );
  }

  /** @param {Row} row */
  hold(row) {
    this.held.add(row.payment_id);
    return row;
  }
}
