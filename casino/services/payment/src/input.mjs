/** Reads what comes from outside; what is missing or wrong is refused with its name. */

import { Refusal } from './errors.mjs';

/** @typedef {Record<string, unknown>} Body */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MOST_MINOR = 100_000_000;
const LONGEST_TEXT = 128;

/** @param {Buffer} raw @returns {Body} */
export function object(raw) {
  /** @type {unknown} */
  let parsed;
  try {
    parsed = JSON.parse(raw.toString('utf8'));
  } catch {
    throw new Refusal(400, 'bad_request', 'the body is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Refusal(400, 'bad_request', 'the body is not an object');
  }
  return /** @type {Body} */ (parsed);
}

/** @param {Body} body @param {string} name */
export function uuid(body, name) {
  const value = body[name];
  if (typeof value !== 'string' || !UUID.test(value)) throw wrong(name, 'a UUID');
  return value.toLowerCase();
}

/** @param {Body} body @param {string} name @param {number} [least] */
export function amount(body, name, least = 1) {
  const value = body[name];
  if (!Number.isSafeInteger(value) || Number(value) < least || Number(value) > MOST_MINOR) {
    throw wrong(name, `a whole number from ${least} to ${MOST_MINOR}`);
  }
  return Number(value);
}

/** @param {Body} body @param {string} name */
export function currency(body, name) {
  const value = body[name];
  if (typeof value !== 'string' || !/^[A-Z]{3}$/.test(value)) throw wrong(name, 'an ISO 4217 code');
  return value;
}

/** @param {Body} body @param {string} name */
export function text(body, name) {
  const value = body[name];
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_TEXT || value.includes('\0')) {
    throw wrong(name, `a text of 1 to ${LONGEST_TEXT} characters`);
  }
  return value;
}

/**
 * @template {string} T
 * @param {Body} body
 * @param {string} name
 * @param {readonly T[]} choices
 * @returns {T}
 */
export function oneOf(body, name, choices) {
  const found = choices.find((choice) => choice === body[name]);
  if (!found) throw wrong(name, `one of ${choices.join(', ')}`);
  return found;
}

/** @param {string} name @param {string} what */
function wrong(name, what) {
  return new Refusal(400, 'bad_request', `${name} must be ${what}`);
}
