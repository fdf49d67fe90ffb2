/** Who asks and under which faults, for everything that runs on behalf of one request. */

import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * @typedef {object} Asker
 * @property {string | undefined} [player]
 * @property {string | undefined} [name]
 * @property {string | undefined} [market]
 * @property {string | undefined} [currency]
 * @property {string | undefined} [pays]
 * @property {string | undefined} [role]
 * @property {string | undefined} [fault] `flag=variant`, several with commas
 */

const LONGEST_FAULT = 512;

/** @type {AsyncLocalStorage<Asker>} */
const storage = new AsyncLocalStorage();

/** @returns {Asker} */
export function asker() {
  return storage.getStore() ?? {};
}

/**
 * @template T
 * @param {Asker} who
 * @param {() => T} work
 * @returns {T}
 */
export function onBehalfOf(who, work) {
  return storage.run(who, work);
}

/**
 * The gateway's headers; services trust them, they are on loopback only.
 *
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @returns {Asker}
 */
export function askerFrom(headers) {
  return {
    player: text(headers['x-casino-player']),
    name: text(headers['x-casino-name']),
    market: text(headers['x-casino-market']),
    currency: text(headers['x-casino-currency']),
    pays: text(headers['x-casino-pays']),
    role: text(headers['x-casino-role']),
    fault: text(headers['x-casino-fault'], LONGEST_FAULT),
  };
}

/** What is sent on, so that a fault of one request holds in every service. */
export function headersOnwards() {
  const who = asker();
  /** @type {Record<string, string>} */
  const headers = {};
  if (who.player) headers['x-casino-player'] = who.player;
  if (who.market) headers['x-casino-market'] = who.market;
  if (who.currency) headers['x-casino-currency'] = who.currency;
  if (who.fault) headers['x-casino-fault'] = who.fault;
  return headers;
}

/**
 * @param {string | string[] | undefined} value
 * @param {number} [longest]
 */
function text(value, longest = 128) {
  return typeof value === 'string' && value !== '' && value.length <= longest ? value : undefined;
}
