/** One JSON object per line on stdout, and the same to the SDK's logs. */

import * as Sentry from '@sentry/node';

const LEVELS = { debug: 0, info: 1, warn: 2, error: 3, off: 4 };
/** What is below is not printed; the SDK gets all. */
const LEAST = LEVELS[/** @type {keyof typeof LEVELS} */ (process.env.CASINO_LOG_LEVEL ?? 'debug')] ?? 0;

/**
 * @param {'debug' | 'info' | 'warn' | 'error'} level
 * @param {string} message
 * @param {Record<string, string | number | boolean | undefined>} [fields]
 */
export function log(level, message, fields = {}) {
  const span = Sentry.getActiveSpan()?.spanContext();
  const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const line = {
    time: new Date().toISOString(),
    level,
    service: 'payment',
    message,
    ...(span ? { trace_id: span.traceId, span_id: span.spanId } : {}),
    ...known,
  };
  if (LEVELS[level] >= LEAST) process.stdout.write(`${JSON.stringify(line)}\n`);
  Sentry.logger[level](message, known);
}
