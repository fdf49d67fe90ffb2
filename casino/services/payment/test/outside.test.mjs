/** Money from outside and to outside: deposits, callbacks, withdrawals, lists. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { fakeBus, get, newPlayer, order, post, startCasino, startHere, until } from './casino.mjs';
import { sendCallback } from './standins.mjs';

/** @type {Awaited<ReturnType<typeof startCasino>>} */
let casino;
/** @type {Awaited<ReturnType<typeof startHere>>} */
let service;
const bus = fakeBus();

before(async () => {
  casino = await startCasino();
  service = await startHere(casino.env, bus);
});
after(async () => {
  await service?.stop();
  await casino?.stop();
});
beforeEach(() => {
  Object.assign(casino.provider, { verdict: 'authorised', failures: 0, callbacks: 1 });
  Object.assign(casino.wallet, { failures: 0, losses: 0 });
  casino.users.kyc = 'verified';
});

/** @param {string} player */
const as = (player) => ({ 'x-casino-player': player, 'x-casino-market': 'se', 'x-casino-name': 'Ada' });
/** @param {string} player @param {string} id */
const payment = async (player, id) => (await get(`${casino.url}/payments/${id}`, as(player))).body;
/** @param {string} player @param {string} id @param {string} state */
const reaches = (player, id, state) => until(async () => (await payment(player, id)).state === state);
/** @param {string} player @param {object} [request] */
const deposit = (player, request = order()) => post(`${casino.url}/payments/deposit`, request, as(player));
/** @param {string} player @param {object} [request] */
const withdraw = (player, request = order()) => post(`${casino.url}/payments/withdraw`, request, as(player));
/** @param {string} player */
const kindsOf = (player) =>
  casino.wallet
    .postings()
    .filter((posting) => posting.player === player)
    .map(({ kind }) => kind);
/** @param {string} id */
const toldOf = (id) => bus.messages.filter(({ value }) => value.payment_id === id).map(({ value }) => value.type);
/** The callback of a deposit whose own was not sent. @param {string} id @param {object} [more] */
async function callbackFor(id, more = {}) {
  const [row] = await casino.sql('SELECT * FROM payments.payments WHERE payment_id = $1', [id]);
  const { request_uuid, transaction_uuid, amount_minor, currency } = row;
  const said = {
    request_uuid,
    transaction_uuid,
    payment_id: id,
    status: 'authorised',
    amount_minor: Number(amount_minor),
  };
  return { ...said, currency, kind: 'deposit', ...more };
}

test('a deposit is redirected, reported, credited and told', async () => {
  const player = newPlayer();
  const answer = await deposit(player);
  assert.equal(answer.status, 200);
  assert.equal(answer.body.state, 'redirected');
  assert.match(answer.body.redirect, /^http:\/\/provider\/pay\//);
  await reaches(player, answer.body.payment_id, 'captured');
  assert.deepEqual(kindsOf(player), ['deposit']);
  await until(() => toldOf(answer.body.payment_id).length === 1);
  const message = bus.messages.find(({ value }) => value.payment_id === answer.body.payment_id);
  assert.equal(message?.topic, 'casino.payments');
  assert.equal(message?.value.type, 'deposit.captured');
  assert.equal(message?.value.market, 'se');
  assert.equal(message?.key, player);
});

test('callbacks that come three times credit once', async () => {
  casino.provider.callbacks = 3;
  const player = newPlayer();
  const { body } = await deposit(player);
  await reaches(player, body.payment_id, 'captured');
  const again = await sendCallback(`${casino.url}/payments/callback`, await callbackFor(body.payment_id));
  assert.deepEqual(again, { status: 200, body: { payment_id: body.payment_id, state: 'captured' } });
  assert.equal(casino.wallet.balance(player), 5000);
  assert.deepEqual(kindsOf(player), ['deposit']);
  assert.deepEqual(toldOf(body.payment_id), ['deposit.captured']);
});

test('the same deposit request gets the same answer', async () => {
  const player = newPlayer();
  const request = order();
  const first = await deposit(player, request);
  assert.deepEqual(await deposit(player, request), first);
  assert.equal(casino.provider.seen.filter((seen) => seen.player === player).length, 1);
});

test('a declined deposit fails with the reason of the provider', async () => {
  casino.provider.verdict = 'declined';
  const player = newPlayer();
  const { body } = await deposit(player);
  await reaches(player, body.payment_id, 'failed');
  assert.equal((await payment(player, body.payment_id)).reason, 'do_not_honour');
  assert.equal(casino.wallet.balance(player), 0);
});

test('a callback with a wrong signature or another sum changes nothing', async () => {
  casino.provider.callbacks = 0;
  const player = newPlayer();
  const { body } = await deposit(player);
  const said = await callbackFor(body.payment_id);
  const url = `${casino.url}/payments/callback`;
  assert.equal((await sendCallback(url, said, 'another secret')).status, 401);
  assert.equal((await post(url, said)).status, 401);
  assert.equal((await sendCallback(url, { ...said, amount_minor: 500_000 })).status, 409);
  assert.equal((await sendCallback(url, { ...said, currency: 'SEK' })).status, 409);
  assert.equal((await sendCallback(url, { ...said, payment_id: randomUUID() })).status, 404);
  assert.equal((await payment(player, body.payment_id)).state, 'redirected');
  assert.equal(casino.wallet.balance(player), 0);
});

test('a deposit nobody finishes expires, and money that comes later is credited', async () => {
  casino.provider.callbacks = 0;
  const player = newPlayer();
  const { body } = await deposit(player);
  await casino.sql('UPDATE payments.payments SET expires_at = now() WHERE payment_id = $1', [body.payment_id]);
  await reaches(player, body.payment_id, 'expired');
  await sendCallback(`${casino.url}/payments/callback`, await callbackFor(body.payment_id));
  await reaches(player, body.payment_id, 'captured');
  assert.equal(casino.wallet.balance(player), 5000);
});

test('a callback while the wallet is away is taken, and credited when it is back', async () => {
  casino.provider.callbacks = 0;
  const player = newPlayer();
  const { body } = await deposit(player);
  casino.wallet.failures = 3;
  const answer = await sendCallback(`${casino.url}/payments/callback`, await callbackFor(body.payment_id));
  assert.deepEqual(answer, { status: 200, body: { payment_id: body.payment_id, state: 'authorised' } });
  await reaches(player, body.payment_id, 'captured');
  assert.equal(casino.wallet.balance(player), 5000);
});

test('a withdrawal is reserved, paid out and settled', async () => {
  const player = newPlayer();
  casino.wallet.give(player, 6000);
  const request = order();
  const answer = await withdraw(player, request);
  assert.equal(answer.status, 200);
  assert.equal(answer.body.state, 'authorised');
  await reaches(player, answer.body.payment_id, 'captured');
  assert.deepEqual(kindsOf(player), ['reserve', 'payout']);
  assert.deepEqual(await withdraw(player, request), answer);
  await until(() => toldOf(answer.body.payment_id).includes('withdrawal.settled'));
});

test('a withdrawal the provider refuses comes back', async () => {
  casino.provider.verdict = 'declined';
  const player = newPlayer();
  casino.wallet.give(player, 6000);
  const { body } = await withdraw(player);
  await reaches(player, body.payment_id, 'failed');
  assert.deepEqual(kindsOf(player), ['reserve', 'release']);
  assert.equal(casino.wallet.balance(player), 6000);
  await until(() => toldOf(body.payment_id).includes('withdrawal.failed'));
});

test('a withdrawal needs a verified identity and the money', async () => {
  const player = newPlayer();
  casino.users.kyc = 'submitted';
  const request = order();
  const refused = await withdraw(player, request);
  assert.equal(refused.status, 403);
  assert.equal(refused.body.error.code, 'kyc_required');
  casino.users.kyc = 'verified';
  assert.deepEqual(await withdraw(player, request), refused);
  const poor = await withdraw(player);
  assert.equal(poor.status, 409);
  assert.equal(poor.body.error.code, 'insufficient_funds');
});

test('a withdrawal whose provider is away stays reserved and is asked for again', async () => {
  const player = newPlayer();
  casino.wallet.give(player, 5000);
  casino.provider.failures = 3;
  const { status, body } = await withdraw(player);
  assert.deepEqual([status, body.state], [200, 'authorised']);
  await reaches(player, body.payment_id, 'captured');
  assert.deepEqual(kindsOf(player), ['reserve', 'payout']);
});

test('players see their own payments, the admin all', async () => {
  const [one, other] = [newPlayer(), newPlayer()];
  const { body } = await deposit(one);
  await deposit(other);
  await reaches(one, body.payment_id, 'captured');
  const mine = (await get(`${casino.url}/payments?limit=5`, as(one))).body.payments;
  assert.equal(mine.length, 1);
  assert.deepEqual(Object.keys(mine[0]).sort(), [
    'amount_minor',
    'created_at',
    'currency',
    'kind',
    'method',
    'payment_id',
    'state',
  ]);
  assert.equal((await get(`${casino.url}/payments/${body.payment_id}`, as(other))).status, 404);
  const admin = { ...as('admin'), 'x-casino-role': 'admin' };
  assert.equal((await get(`${casino.url}/payments/${body.payment_id}`, admin)).body.player, one);
  const all = (await get(`${casino.url}/admin/payments?limit=2`, admin)).body.payments;
  assert.deepEqual(
    all.map((/** @type {any} */ row) => row.player),
    [other, one],
  );
  assert.equal((await get(`${casino.url}/admin/payments`, as(one))).status, 403);
  assert.equal((await get(`${casino.url}/payments`)).status, 401);
  assert.equal((await get(`${casino.url}/payments?limit=0`, as(one))).status, 400);
});
