/** Messages wait in the database until the bus has them, so that none is lost when the process or the bus dies. */

import { AsyncLocalStorage } from 'node:async_hooks';
import * as Sentry from '@sentry/node';
import { log } from './log.mjs';

/**
 * @typedef {object} Message
 * @property {string} topic
 * @property {string} key
 * @property {Record<string, unknown>} value
 * @property {Record<string, string>} headers
 *
 * @typedef {object} Bus what can carry messages: Kafka, AMQP, a list in tests
 * @property {string} system
 * @property {() => Promise<void>} ready fails while there is no connection and none can be had
 * @property {(message: Message) => Promise<void>} publish is done when the bus has stored it
 * @property {() => Promise<void>} close
 */

const AT_ONCE = 50;
const LOOK_EVERY_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;
/** One process at a time relays, so that the messages about one player stay in order. */
const LOCK = 0x7061_796f;

export class Outbox {
  /**
   * @param {import('./database.mjs').Database} database
   * @param {Bus} bus
   */
  constructor(database, bus) {
    this.database = database;
    this.bus = bus;
    this.failures = 0;
    this.stopped = false;
    /** A nudge comes from within a request; what follows it must not count as that request's work. */
    this.outside = AsyncLocalStorage.snapshot();
    /** @type {Promise<void> | undefined} */
    this.working = undefined;
    this.again = false;
    /** @type {NodeJS.Timeout | undefined} */
    this.timer = undefined;
  }

  start() {
    this.nudge();
  }

  /** Something was queued, or it is time to look again. */
  nudge() {
    if (this.stopped) return;
    if (this.working) {
      this.again = true;
      return;
    }
    // While the bus is away the pause between two looks is kept, however much is queued.
    if (this.failures > 0 && this.timer) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.outside(() => this.work());
  }

  work() {
    this.working = this.relay().finally(() => {
      this.working = undefined;
      if (this.stopped) return;
      this.timer = setTimeout(() => {
        this.timer = undefined;
        this.nudge();
      }, this.pauseMs());
    });
  }

  pauseMs() {
    if (this.failures > 0) return Math.min(LOOK_EVERY_MS * 2 ** (this.failures - 1), LONGEST_PAUSE_MS);
    return LOOK_EVERY_MS;
  }

  async relay() {
    do {
      this.again = false;
      try {
        let result = await this.batch();
        while (!this.stopped && !result.trouble && result.relayed === AT_ONCE) result = await this.batch();
        if (result.trouble) throw result.trouble;
        this.failures = 0;
      } catch (error) {
        this.failures += 1;
        log('warn', 'messages wait for the bus', { error: String(error), failures: this.failures });
        return;
      }
    } while (this.again && !this.stopped);
  }

  /**
   * What was published leaves the table also when the next one fails.
   *
   * @returns {Promise<{ relayed: number, trouble?: unknown }>}
   */
  batch() {
    return this.database.transaction(async (sql) => {
      const [lock] = await sql('SELECT pg_try_advisory_xact_lock($1) AS mine', [LOCK]);
      if (!lock.mine) return { relayed: 0 };
      const waiting = /** @type {(Message & { id: number })[]} */ (
        await sql('SELECT * FROM payments.outbox ORDER BY id LIMIT $1', [AT_ONCE])
      );
      if (waiting.length > 0) await this.bus.ready();
      const { done, trouble } = await this.publishAll(waiting);
      if (done.length > 0) await sql('DELETE FROM payments.outbox WHERE id = ANY ($1)', [done]);
      return { relayed: done.length, trouble };
    });
  }

  /** In order; the first failure ends it. @param {(Message & { id: number })[]} waiting */
  async publishAll(waiting) {
    /** @type {number[]} */
    const done = [];
    for (const message of waiting) {
      try {
        await this.publish(message);
      } catch (trouble) {
        return { done, trouble };
      }
      done.push(message.id);
    }
    return { done };
  }

  /** In the trace of the request that caused it. @param {Message} message */
  publish({ topic, key, value, headers }) {
    const { 'sentry-trace': sentryTrace, baggage } = headers;
    return Sentry.withIsolationScope(() =>
      Sentry.continueTrace({ sentryTrace, baggage }, () =>
        Sentry.startSpan(
          {
            name: `publish ${topic}`,
            op: 'queue.publish',
            attributes: {
              'messaging.system': this.bus.system,
              'messaging.destination.name': topic,
              'messaging.message.id': String(value.id),
              'messaging.operation.type': 'send',
              'casino.event': String(value.type),
              market: String(value.market),
            },
          },
          () => this.bus.publish({ topic, key, value, headers: { ...headers, ...traceHeaders() } }),
        ),
      ),
    );
  }

  async stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.working;
  }
}

/** Of the span that publishes, so that the consumer continues from it. @returns {Record<string, string>} */
function traceHeaders() {
  const trace = Sentry.getTraceData();
  return {
    ...(trace['sentry-trace'] ? { 'sentry-trace': trace['sentry-trace'] } : {}),
    ...(trace.baggage ? { baggage: trace.baggage } : {}),
  };
}
