/** A small HTTP server: routes by pattern, bodies of bounded size, one place where errors become answers. */

import { createServer } from 'node:http';
import * as Sentry from '@sentry/node';
import { asker, askerFrom, onBehalfOf } from './context.mjs';
import { errorAnswer, Refusal, Unavailable } from './errors.mjs';
import { log } from './log.mjs';
import { identify, report, tag } from './telemetry.mjs';

/**
 * @typedef {import('node:http').IncomingMessage} IncomingMessage
 * @typedef {import('./rows.mjs').Answer} Answer
 *
 * @typedef {object} Request
 * @property {Record<string, string>} params
 * @property {URLSearchParams} query
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {Buffer} raw
 *
 * @typedef {object} Route
 * @property {'GET' | 'POST'} method
 * @property {string} path `/payments/:id`
 * @property {(request: Request) => Promise<Answer> | Answer} handle
 */

const MOST_BYTES = 16 * 1024;
const MOST_REQUESTS = 512;

/**
 * @param {Route[]} routes
 * @returns {import('node:http').Server}
 */
export function serve(routes) {
  const known = routes.map((route) => ({ ...route, pattern: patternOf(route.path) }));
  let inHand = 0;
  const server = createServer((incoming, outgoing) => {
    if (inHand >= MOST_REQUESTS) {
      send(outgoing, errorAnswer(503, 'overloaded', 'too many requests at once'));
      return;
    }
    inHand += 1;
    void onBehalfOf(askerFrom(incoming.headers), () => answer(known, incoming))
      .then((result) => send(outgoing, result))
      .finally(() => {
        inHand -= 1;
      });
  });
  server.requestTimeout = 15_000;
  server.headersTimeout = 10_000;
  // Longer than callers keep idle connections, so that they close them and not we under their next request.
  server.keepAliveTimeout = 75_000;
  server.maxConnections = 1024;
  return server;
}

/**
 * @param {(Route & { pattern: RegExp })[]} routes
 * @param {IncomingMessage} incoming
 * @returns {Promise<Answer>}
 */
async function answer(routes, incoming) {
  const url = new URL(incoming.url ?? '/', 'http://service');
  const started = performance.now();
  let status = 500;
  try {
    const found = find(routes, incoming.method ?? '', url.pathname);
    name(found.route);
    identify(asker().player, asker().name);
    tag({ market: asker().market });
    const raw = await readBody(incoming);
    const result = await found.route.handle({
      params: found.params,
      query: url.searchParams,
      headers: incoming.headers,
      raw,
    });
    status = result.status;
    if (status === 402) failedPayment();
    return result;
  } catch (error) {
    const result = answerTo(error);
    status = result.status;
    return result;
  } finally {
    const ms = Math.round(performance.now() - started);
    if (url.pathname !== '/health')
      log('info', 'answered', { method: incoming.method ?? '', path: url.pathname, status, ms });
  }
}

/** 402 is a business answer of this service and yet a failed request for whoever looks at the trace. */
function failedPayment() {
  Sentry.getActiveSpan()?.setStatus({ code: 2, message: 'payment_failed' });
}

/** @param {unknown} error @returns {Answer} */
function answerTo(error) {
  report(error);
  if (error instanceof Refusal) return errorAnswer(error.status, error.code, error.message, error.reason);
  if (error instanceof Unavailable) return errorAnswer(503, `${error.service}_unavailable`, error.message);
  log('error', 'a request failed', { error: String(error) });
  return errorAnswer(500, 'internal_error', 'something went wrong here');
}

/**
 * @param {(Route & { pattern: RegExp })[]} routes
 * @param {string} method
 * @param {string} path
 */
function find(routes, method, path) {
  for (const route of routes) {
    const match = route.method === method && route.pattern.exec(path);
    if (match) return { route, params: match.groups ?? {} };
  }
  throw new Refusal(404, 'not_found', 'there is nothing here');
}

/** The SDK knows the method only; the route makes requests to one place comparable. @param {Route} route */
function name({ method, path }) {
  const title = `${method} ${path}`;
  const span = Sentry.getActiveSpan();
  if (span) {
    const root = Sentry.getRootSpan(span);
    root.updateName(title);
    root.setAttributes({ 'http.route': path, 'sentry.segment.name.source': 'route', 'sentry.source': 'route' });
  }
  Sentry.getIsolationScope().setTransactionName(title);
}

/** @param {IncomingMessage} incoming */
async function readBody(incoming) {
  /** @type {Buffer[]} */
  const parts = [];
  let size = 0;
  for await (const part of incoming) {
    size += part.length;
    if (size > MOST_BYTES) throw new Refusal(413, 'too_large', `a body may have ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** @param {string} path */
function patternOf(path) {
  return new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
}

/**
 * @param {import('node:http').ServerResponse} outgoing
 * @param {Answer} answer
 */
function send(outgoing, { status, body }) {
  const text = JSON.stringify(body);
  outgoing.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(status === 413 ? { connection: 'close' } : {}),
  });
  outgoing.end(text);
}
