/** The same request gets the same answer and is processed once: within this process, across processes and across crashes. */

import { setTimeout as pause } from 'node:timers/promises';
import * as Sentry from '@sentry/node';
import { Refusal } from './errors.mjs';

/**
 * @typedef {import('./rows.mjs').Row} Row
 * @typedef {import('./rows.mjs').Answer} Answer
 */

const WAIT_MS = 8000;
const LOOK_EVERY_MS = 200;
/** @type {Set<Row['state']>} */
const SETTLED = new Set(['captured', 'failed', 'expired', 'reversed']);

export class Once {
  /** @param {import('./rows.mjs').Rows} rows */
  constructor(rows) {
    this.rows = rows;
    /** @type {Map<string, Promise<Answer>>} as many as there are requests in hand */
    this.running = new Map();
  }

  /**
   * @param {import('./rows.mjs').Kind} kind
   * @param {import('./rows.mjs').Input} input
   * @param {(row: Row) => Promise<Answer>} work is given a row nobody else works on, or one that is settled
   * @param {{ expiresIn?: number }} [options]
   * @returns {Promise<Answer>}
   */
  async answer(kind, input, work, options) {
    const key = `${kind} ${input.request_uuid}`;
    const running = this.running.get(key);
    if (running) await running.catch(() => undefined);
    const mine = this.process(kind, input, work, options);
    this.running.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.running.get(key) === mine) this.running.delete(key);
    }
  }

  /**
   * @param {import('./rows.mjs').Kind} kind
   * @param {import('./rows.mjs').Input} input
   * @param {(row: Row) => Promise<Answer>} work
   * @param {{ expiresIn?: number }} [options]
   */
  async process(kind, input, work, options) {
    const row = await this.take(kind, input, options);
    return row.answer ?? this.hold(row, work);
  }

  /**
   * Opens the row or takes over the one that is there, waiting while another process has it.
   *
   * @param {import('./rows.mjs').Kind} kind
   * @param {import('./rows.mjs').Input} input
   * @param {{ expiresIn?: number }} [options]
   * @returns {Promise<Row>}
   */
  async take(kind, input, options) {
    const opened = await this.rows.open(kind, input, options);
    return opened.mine ? opened.row : this.takeOver(opened.row);
  }

  /** @param {Row} row @returns {Promise<Row>} */
  takeOver(row) {
    return this.wait(row, (found) => found.answer !== null || SETTLED.has(found.state));
  }

  /** Takes a row whatever its state. @param {Row} row @returns {Promise<Row>} */
  claimOrWait(row) {
    return this.wait(row, () => false);
  }

  /**
   * @param {Row} row
   * @param {(row: Row) => boolean} enough the row need not be held then
   */
  async wait(row, enough) {
    if (enough(row)) return row;
    const claimed = await this.rows.claim(row.payment_id);
    if (claimed) return claimed;
    const span = { name: 'wait for another process', op: 'lock.wait', onlyIfParent: true };
    // The looks themselves would only look like a loop of queries.
    return Sentry.startSpan(span, () => Sentry.suppressTracing(() => this.poll(row, enough)));
  }

  /** @param {Row} row @param {(row: Row) => boolean} enough */
  async poll(row, enough) {
    for (const until = Date.now() + WAIT_MS; Date.now() < until; ) {
      await pause(LOOK_EVERY_MS);
      const found = (await this.rows.byId(row.payment_id)) ?? row;
      if (enough(found)) return found;
      const claimed = await this.rows.claim(row.payment_id);
      if (claimed) return claimed;
    }
    throw new Refusal(503, 'in_progress', 'this request is still being processed');
  }

  /**
   * Works on a row that is held, and lets go of it: for good, or for recovery to try again.
   *
   * @template T
   * @param {Row} row
   * @param {(row: Row) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async hold(row, work) {
    try {
      const result = await work(row);
      await this.rows.release(row);
      return result;
    } catch (error) {
      await this.rows.postpone(row).catch(() => undefined);
      throw error;
    }
  }

  /** Until the request that runs in this process under this key is over. @param {string} kind @param {string} requestUuid */
  async settled(kind, requestUuid) {
    await this.running.get(`${kind} ${requestUuid}`)?.catch(() => undefined);
  }
}
