/** What the SDK is told about the payment in hand: who, which market, game, provider and method, and the numbers. */

import * as Sentry from '@sentry/node';
import { asker } from './context.mjs';
import { PaymentError, Refusal, Unavailable } from './errors.mjs';

/** @typedef {Record<string, string | undefined>} Tags */

/** Tags for events and, under the same names, attributes of all spans and logs of this request. @param {Tags} tags */
export function tag(tags) {
  const known = Object.fromEntries(Object.entries(tags).filter(([, value]) => value));
  Sentry.getIsolationScope().setTags(known).setAttributes(known);
}

/** @param {string | undefined} player @param {string | undefined} name */
export function identify(player, name) {
  if (player) Sentry.getIsolationScope().setUser({ id: player, ...(name ? { username: name } : {}) });
}

/** Everything that is known of one row. @param {import('./rows.mjs').Row} row */
export function describe(row) {
  identify(row.player, row.origin.name ?? asker().name);
  const provider = row.method ? 'novapay' : 'acme-games';
  tag({ market: row.market, game: row.game, provider, payment_method: row.method });
}

/**
 * A number of this request, on its root span: an attribute, and a measurement where transactions are still used.
 *
 * @param {string} name
 * @param {number} value
 */
export function measure(name, value) {
  const span = Sentry.getActiveSpan();
  if (!span) return;
  Sentry.getRootSpan(span).setAttribute(name, value);
  Sentry.setMeasurement(name, value, 'none');
}

/**
 * @param {import('./rows.mjs').Row} row
 * @param {string} state
 */
export function count(row, state) {
  const attributes = { kind: row.kind, state, market: row.market, payment_method: row.method || 'none' };
  Sentry.metrics.count('casino.payments', 1, { attributes });
  const { kind, market, currency } = row;
  if (state === 'captured') {
    Sentry.metrics.distribution('casino.payment.amount', row.amount_minor, { attributes: { kind, market, currency } });
  }
}

/**
 * Reports what went wrong. Refusals are answers, not errors: they only show in the span's status.
 *
 * @param {unknown} error
 * @param {import('./rows.mjs').Row} [row]
 */
export function report(error, row) {
  failSpan(error);
  if (error instanceof Refusal) return;
  Sentry.withScope((scope) => {
    if (row) {
      const { payment_id, kind, amount_minor, currency, method, state, attempts } = row;
      scope.setContext('payment', { payment_id, kind, amount_minor, currency, method, state, attempts });
    }
    if (error instanceof PaymentError) scope.setTag('reason', error.reason);
    if (error instanceof Unavailable) scope.setTag('upstream', error.service).setExtra('detail', error.detail);
    Sentry.captureException(error);
  });
}

/** @param {unknown} error */
function failSpan(error) {
  const span = Sentry.getActiveSpan();
  if (!span) return;
  const message =
    error instanceof Refusal ? error.code : error instanceof PaymentError ? 'payment_failed' : 'internal_error';
  span.setStatus({ code: 2, message });
}

/** What a later message or a later attempt needs to go on in the same trace. */
export function origin() {
  const trace = Sentry.getTraceData();
  const { fault, name } = asker();
  /** @type {Record<string, string>} */
  const known = {};
  if (trace['sentry-trace']) known['sentry-trace'] = trace['sentry-trace'];
  if (trace.baggage) known.baggage = trace.baggage;
  if (fault) known['x-casino-fault'] = fault;
  if (name) known.name = name;
  return known;
}
