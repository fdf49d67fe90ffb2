/** PostgreSQL: one pool, and the one function that all SQL goes through. */

import * as Sentry from '@sentry/node';
import pg from 'pg';
import { Unavailable } from './errors.mjs';
import { log } from './log.mjs';

const CONNECTIONS = 8;
const WAIT_MS = 5000;
/** SQLSTATE classes in which the server itself is the trouble: connection, resources, operator, system. */
const SERVER_TROUBLE = /^(08|53|57|58)/;

// Amounts are bigint in the database and stay far below 2^53; anything larger must not be rounded silently.
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new Error(`${text} is too large for an amount`);
  return number;
});

export class Database {
  /** @param {string} address */
  constructor(address) {
    this.pool = new pg.Pool({
      connectionString: address,
      max: CONNECTIONS,
      connectionTimeoutMillis: WAIT_MS,
      idleTimeoutMillis: 30_000,
      statement_timeout: WAIT_MS,
      query_timeout: WAIT_MS + 1000,
      application_name: 'payment',
    });
    this.pool.on('error', (error) => log('warn', 'an idle database connection broke', { error: error.message }));
  }

  /**
   * Opens a `db` span whose description is the statement, and says plainly when the database is away.
   *
   * @param {string} statement with placeholders
   * @param {unknown[]} [values]
   * @param {{ query: (text: string, values: unknown[]) => Promise<{ rows: any[] }> }} [connection] that of a transaction
   * @returns {Promise<any[]>}
   */
  sql(statement, values = [], connection = this.pool) {
    const text = statement.replace(/\s+/g, ' ').trim();
    const attributes = { 'db.system': 'postgresql', 'db.system.name': 'postgresql', 'db.query.text': text };
    return Sentry.startSpan({ name: text, op: 'db', attributes, onlyIfParent: true }, async () => {
      try {
        return (await connection.query(text, values)).rows;
      } catch (error) {
        throw isAway(error) ? new Unavailable('database', String(error), error) : error;
      }
    });
  }

  /**
   * @template T
   * @param {(sql: (statement: string, values?: unknown[]) => Promise<any[]>) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async transaction(work) {
    const connection = await this.pool.connect();
    const sql = (/** @type {string} */ statement, /** @type {unknown[]} */ values = []) =>
      this.sql(statement, values, connection);
    let broken = false;
    // The pool listens to idle connections only. One that breaks in our hands fails the statement, or the next one.
    const onBreak = () => {
      broken = true;
    };
    connection.on('error', onBreak);
    try {
      await sql('BEGIN');
      const result = await work(sql);
      await sql('COMMIT');
      return result;
    } catch (error) {
      await connection.query('ROLLBACK').catch(onBreak);
      throw error;
    } finally {
      connection.off('error', onBreak);
      connection.release(broken);
    }
  }

  close() {
    return this.pool.end();
  }
}

/** @param {unknown} error */
function isAway(error) {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return SERVER_TROUBLE.test(code) || code.startsWith('E') || /timeout|terminated|Connection/.test(error.message);
}
