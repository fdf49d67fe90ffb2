/** Requests to other services: a time limit on each, tries with growing pauses, answers of bounded size. */

import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import * as Sentry from '@sentry/node';
import { headersOnwards } from './context.mjs';
import { Unavailable } from './errors.mjs';
import { log } from './log.mjs';

const MOST_BYTES = 64 * 1024;
const FIRST_PAUSE_MS = 100;
/** Idle connections are given up before the other side does so under the next request. */
const agent = new Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 8, timeout: 4000 });

/**
 * @typedef {object} Limits
 * @property {number} tryMs one try
 * @property {number} allMs all of them together
 * @property {number} tries
 */

/**
 * Only requests that may safely arrive twice go through here. Answers below 500 are returned, also refusals.
 *
 * @param {string} service
 * @param {Limits} limits
 * @param {'GET' | 'POST'} method
 * @param {string} url
 * @param {object} [body]
 * @returns {Promise<{ status: number, body: Record<string, any> }>}
 */
export async function call(service, limits, method, url, body) {
  const started = Date.now();
  let trouble = 'no try was made';
  for (let tried = 1; tried <= limits.tries; tried += 1) {
    const left = limits.allMs - (Date.now() - started);
    if (left <= 0) break;
    try {
      const answer = await attempt(method, url, body, Math.min(limits.tryMs, left));
      if (answer.status < 500 && answer.status !== 429) return answer;
      trouble = `answered ${answer.status}`;
    } catch (error) {
      trouble = describe(error);
    }
    log('warn', `${service} did not answer`, { upstream: service, attempt: tried, trouble });
    Sentry.metrics.count('casino.upstream.failed', 1, { attributes: { upstream: service } });
    const wait = FIRST_PAUSE_MS * 3 ** (tried - 1) * (0.5 + Math.random());
    if (tried < limits.tries) await pause(Math.min(wait, Math.max(0, limits.allMs - (Date.now() - started))));
  }
  throw new Unavailable(service, trouble);
}

/**
 * @param {'GET' | 'POST'} method
 * @param {string} url
 * @param {object | undefined} body
 * @param {number} ms
 */
async function attempt(method, url, body, ms) {
  const { status, text } = await send(method, url, body ? JSON.stringify(body) : '', AbortSignal.timeout(ms));
  if (status >= 500) return { status, body: {} };
  const parsed = text === '' ? {} : JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null) throw new Error('the answer is not an object');
  return { status, body: parsed };
}

/**
 * Node's older client, for `fetch` brings a second HTTP stack of ten megabytes.
 *
 * @param {'GET' | 'POST'} method
 * @param {string} url
 * @param {string} text
 * @param {AbortSignal} signal
 * @returns {Promise<{ status: number, text: string }>}
 */
async function send(method, url, text, signal) {
  const type = text === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const headers = { accept: 'application/json', ...type, ...headersOnwards() };
  const outgoing = request(url, { method, headers, agent, signal });
  // An error before the answer ends the wait below, one after it ends the reading; nobody else needs to hear of either.
  outgoing.on('error', () => undefined);
  outgoing.end(text);
  const [incoming] = /** @type {[import('node:http').IncomingMessage]} */ (await once(outgoing, 'response'));
  return { status: incoming.statusCode ?? 0, text: await readText(incoming) };
}

/** @param {import('node:http').IncomingMessage} incoming */
async function readText(incoming) {
  /** @type {Buffer[]} */
  const parts = [];
  let size = 0;
  for await (const part of incoming) {
    size += part.length;
    if (size > MOST_BYTES) throw new Error('the answer is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** An aborted request says only that; its cause says that time was up. @param {unknown} error */
function describe(error) {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
