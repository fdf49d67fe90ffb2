/** What the service can be asked. */

import { takeCallback } from './callbacks.mjs';
import { asker, onBehalfOf } from './context.mjs';
import { deposit } from './deposits.mjs';
import { Refusal } from './errors.mjs';
import { amount, currency, object, oneOf, text, uuid } from './input.mjs';
import { listPayments, onePayment } from './listing.mjs';
import { payOut, rollBack, takeStake } from './stakes.mjs';
import { identify, tag } from './telemetry.mjs';
import { withdraw } from './withdrawals.mjs';

/**
 * @typedef {import('./http.mjs').Route} Route
 * @typedef {import('./input.mjs').Body} Body
 * @typedef {import('./parts.mjs').Parts} Parts
 */

const METHODS = /** @type {const} */ (['card', 'sepa', 'wallet']);
const PAYS = /** @type {const} */ (['wallet', 'per_spin']);

/**
 * @param {Parts} parts
 * @returns {Route[]}
 */
export function routes(parts) {
  const { release } = parts.settings;
  return [
    {
      method: 'GET',
      path: '/health',
      handle: () => ({ status: 200, body: { status: 'ok', service: 'payment', release } }),
    },
    spin('/stakes', parts, 1, (input, body) => takeStake(parts, { ...input, pays: oneOf(body, 'pays', PAYS) })),
    spin('/payouts', parts, 0, (input) => payOut(parts, input)),
    spin('/rollbacks', parts, 1, (input) => rollBack(parts, input)),
    ordered('/payments/deposit', parts, (input) => deposit(parts, input)),
    ordered('/payments/withdraw', parts, (input) => withdraw(parts, input)),
    {
      method: 'POST',
      path: '/payments/callback',
      handle: ({ raw, headers }) => takeCallback(parts, raw, single(headers['x-signature'])),
    },
    { method: 'GET', path: '/payments', handle: ({ query }) => listPayments(parts, player(), query) },
    { method: 'GET', path: '/payments/:id', handle: ({ params }) => onePayment(parts, params.id ?? '') },
    { method: 'GET', path: '/admin/payments', handle: ({ query }) => adminList(parts, query) },
  ];
}

/**
 * The engine's requests: who plays is in the body.
 *
 * @param {string} path
 * @param {Parts} parts
 * @param {number} least
 * @param {(input: import('./rows.mjs').Input, body: Body) => Promise<import('./rows.mjs').Answer>} act
 * @returns {Route}
 */
function spin(path, parts, least, act) {
  return {
    method: 'POST',
    path,
    handle: ({ raw }) => {
      const body = object(raw);
      const input = {
        request_uuid: uuid(body, 'request_uuid'),
        round_id: uuid(body, 'round_id'),
        player: text(body, 'player'),
        market: typeof body.market === 'string' ? text(body, 'market') : (asker().market ?? ''),
        currency: currency(body, 'currency'),
        amount_minor: amount(body, 'amount_minor', least),
        game: text(body, 'game'),
      };
      return onBehalfOf({ ...asker(), player: input.player, market: input.market }, () => {
        identify(input.player, asker().name);
        tag({ market: input.market, game: input.game });
        noteDrills(parts);
        parts.canary.fee();
        return act(input, body);
      });
    },
  };
}

/**
 * A player's own requests, through the gateway.
 *
 * @param {string} path
 * @param {Parts} parts
 * @param {(input: import('./rows.mjs').Input) => Promise<import('./rows.mjs').Answer>} act
 * @returns {Route}
 */
function ordered(path, parts, act) {
  return {
    method: 'POST',
    path,
    handle: ({ raw }) => {
      const body = object(raw);
      const method = oneOf(body, 'method', METHODS);
      const input = {
        request_uuid: uuid(body, 'request_uuid'),
        player: player(),
        market: asker().market ?? '',
        currency: currency(body, 'currency'),
        amount_minor: amount(body, 'amount_minor'),
        method,
      };
      tag({ payment_method: method });
      noteDrills(parts);
      parts.canary.fee();
      return act(input);
    },
  };
}

/** The provider evaluates these; whatever goes wrong here shall show them too. @param {Parts} parts */
function noteDrills(parts) {
  parts.flags.value('paymentFailure');
  parts.flags.value('providerSlow');
}

/** @param {Parts} parts @param {URLSearchParams} query */
function adminList(parts, query) {
  if (asker().role !== 'admin') throw new Refusal(403, 'forbidden', 'this is for the admin');
  return listPayments(parts, undefined, query);
}

function player() {
  const id = asker().player;
  if (!id) throw new Refusal(401, 'unauthorized', 'the gateway must say who asks');
  return id;
}

/** @param {string | string[] | undefined} header */
function single(header) {
  return typeof header === 'string' ? header : undefined;
}
