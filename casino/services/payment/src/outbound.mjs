/** Requests to other services: a time limit on each, tries with growing pauses, answers of bounded size. */

import { setTimeout as pause } from 'node:timers/promises';
import * as Sentry from '@sentry/node';
import { headersOnwards } from './context.mjs';
import { Unavailable } from './errors.mjs';
import { log } from './log.mjs';

const MOST_BYTES = 64 * 1024;
const FIRST_PAUSE_MS = 100;

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
  for (let attempt = 1; attempt <= limits.tries; attempt += 1) {
    const left = limits.allMs - (Date.now() - started);
    if (left <= 0) break;
    try {
      const answer = await once(method, url, body, Math.min(limits.tryMs, left));
      if (answer.status < 500 && answer.status !== 429) return answer;
      trouble = `answered ${answer.status}`;
    } catch (error) {
      trouble = describe(error);
    }
    log('warn', `${service} did not answer`, { upstream: service, attempt, trouble });
    Sentry.metrics.count('casino.upstream.failed', 1, { attributes: { upstream: service } });
    const wait = FIRST_PAUSE_MS * 3 ** (attempt - 1) * (0.5 + Math.random());
    if (attempt < limits.tries) await pause(Math.min(wait, Math.max(0, limits.allMs - (Date.now() - started))));
  }
  throw new Unavailable(service, trouble);
}

/**
 * @param {'GET' | 'POST'} method
 * @param {string} url
 * @param {object | undefined} body
 * @param {number} ms
 */
async function once(method, url, body, ms) {
  const response = await fetch(url, {
    method,
    headers: {
      accept: 'application/json',
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...headersOnwards(),
    },
    body: body ? JSON.stringify(body) : null,
    redirect: 'error',
    signal: AbortSignal.timeout(ms),
  });
  const text = await readText(response);
  if (response.status >= 500) return { status: response.status, body: {} };
  const parsed = text === '' ? {} : JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null) throw new Error('the answer is not an object');
  return { status: response.status, body: parsed };
}

/** @param {Response} response */
async function readText(response) {
  /** @type {Uint8Array[]} */
  const parts = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MOST_BYTES) throw new Error('the answer is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** `fetch failed` says nothing; what it wraps does. @param {unknown} error */
function describe(error) {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
