/** One JSON object per line on stdout, and the same to the SDK's logs. */

import * as Sentry from '@sentry/node';

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
  process.stdout.write(`${JSON.stringify(line)}\n`);
  Sentry.logger[level](message, known);
}
