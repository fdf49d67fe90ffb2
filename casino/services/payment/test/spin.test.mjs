/** The money of spins: stakes, wins, rollbacks. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { fakeBus, post, stake, startCasino, startHere, until } from './casino.mjs';

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
  Object.assign(casino.provider, { verdict: 'authorised', waitMs: 0, failures: 0 });
  Object.assign(casino.wallet, { failures: 0, losses: 0 });
});

/** @param {string} player */
const postingsOf = (player) => casino.wallet.postings().filter((posting) => posting.player === player);

test('a player who pays per spin is charged, credited and staked', async () => {
  const request = stake();
  const answer = await post(`${casino.url}/stakes`, request);
  assert.equal(answer.status, 200);
  assert.equal(answer.body.balance_minor, 0);
  assert.match(answer.body.stake_id, /^[0-9a-f-]{36}$/);
  assert.deepEqual(
    postingsOf(request.player).map(({ kind, amount_minor, provider }) => [kind, amount_minor, provider]),
    [
      ['deposit', 100, 'novapay'],
      ['stake', 100, 'acme-games'],
    ],
  );
});

test('the same request_uuid gets the same answer and is processed once, also at the same time', async () => {
  const request = stake();
  casino.provider.waitMs = 100;
  const answers = await Promise.all([1, 2, 3].map(() => post(`${casino.url}/stakes`, request)));
  answers.push(await post(`${casino.url}/stakes`, request));
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.equal(postingsOf(request.player).length, 2);
});

test('a request_uuid cannot be used for another sum', async () => {
  const request = stake();
  await post(`${casino.url}/stakes`, request);
  const answer = await post(`${casino.url}/stakes`, { ...request, amount_minor: 200 });
  assert.equal(answer.status, 409);
  assert.equal(answer.body.error.code, 'request_differs');
});

test('a declined charge is 402 with its reason, again and again, and nothing reaches the wallet', async () => {
  casino.provider.verdict = 'declined';
  const request = stake();
  const first = await post(`${casino.url}/stakes`, request);
  assert.equal(first.status, 402);
  assert.deepEqual(first.body.error, {
    code: 'payment_failed',
    message: 'provider declined the charge',
    reason: 'do_not_honour',
  });
  casino.provider.verdict = 'authorised';
  assert.deepEqual(await post(`${casino.url}/stakes`, request), first);
  assert.equal(postingsOf(request.player).length, 0);
  await until(() => bus.messages.some(({ key, value }) => key === request.player && value.type === 'charge.failed'));
});

test('a wallet without money refuses the stake', async () => {
  const answer = await post(`${casino.url}/stakes`, stake({ pays: 'wallet' }));
  assert.equal(answer.status, 402);
  assert.equal(answer.body.error.reason, 'insufficient_funds');
});

test('a lost answer of the wallet is asked for again and counted once', async () => {
  const request = stake({ pays: 'wallet' });
  casino.wallet.give(request.player, 500);
  casino.wallet.losses = 1;
  const answer = await post(`${casino.url}/stakes`, request);
  assert.equal(answer.status, 200);
  assert.equal(answer.body.balance_minor, 400);
  assert.equal(casino.wallet.balance(request.player), 400);
});

test('a provider that fails twice is asked a third time', async () => {
  casino.provider.failures = 2;
  assert.equal((await post(`${casino.url}/stakes`, stake())).status, 200);
});

test('a wallet that is away is 503, and the win is paid later all the same', async () => {
  const win = stake({ amount_minor: 700 });
  casino.wallet.failures = 3;
  const answer = await post(`${casino.url}/payouts`, win);
  assert.equal(answer.status, 503);
  assert.equal(answer.body.error.code, 'wallet_unavailable');
  // The grace of a request that may be asked for again is over at once.
  await casino.sql('UPDATE payments.payments SET next_try_at = now() WHERE request_uuid = $1', [win.request_uuid]);
  await until(() => casino.wallet.balance(win.player) === 700);
  const again = await post(`${casino.url}/payouts`, win);
  assert.equal(again.body.balance_minor, 700);
  assert.equal(casino.wallet.balance(win.player), 700);
});

test('a win of nothing is a balance', async () => {
  const win = stake({ amount_minor: 0 });
  assert.deepEqual((await post(`${casino.url}/payouts`, win)).body.balance_minor, 0);
  assert.equal(postingsOf(win.player).length, 0);
});

test('a stake is taken back once, and its request is refused from then on', async () => {
  const request = stake({ pays: 'wallet' });
  casino.wallet.give(request.player, 100);
  await post(`${casino.url}/stakes`, request);
  for (let time = 0; time < 2; time += 1) {
    const answer = await post(`${casino.url}/rollbacks`, request);
    assert.deepEqual(answer, { status: 200, body: { balance_minor: 100 } });
  }
  assert.equal(casino.wallet.balance(request.player), 100);
  const late = await post(`${casino.url}/stakes`, request);
  assert.equal(late.status, 402);
  assert.equal(late.body.error.reason, 'reversed');
});

test('a rollback of an unknown stake refuses it when it comes', async () => {
  const request = stake({ pays: 'wallet' });
  casino.wallet.give(request.player, 100);
  assert.equal((await post(`${casino.url}/rollbacks`, request)).body.balance_minor, 100);
  assert.equal((await post(`${casino.url}/stakes`, request)).status, 402);
  assert.equal(casino.wallet.balance(request.player), 100);
});

test('the fault of a request goes on to the provider', async () => {
  casino.provider.faults.length = 0;
  await post(`${casino.url}/stakes`, stake(), { 'x-casino-fault': 'paymentFailure=50%' });
  assert.deepEqual(casino.provider.faults, ['paymentFailure=50%']);
});

test('what is wrong in a request is named', async () => {
  for (const [wrong, field] of /** @type {const} */ ([
    [{ request_uuid: 'x' }, 'request_uuid'],
    [{ amount_minor: 1.5 }, 'amount_minor'],
    [{ amount_minor: -1 }, 'amount_minor'],
    [{ currency: 'euro' }, 'currency'],
    [{ pays: 'later' }, 'pays'],
    [{ player: 'p\0' }, 'player'],
  ])) {
    const answer = await post(`${casino.url}/stakes`, stake(wrong));
    assert.equal(answer.status, 400);
    assert.match(answer.body.error.message, new RegExp(`^${field} `));
  }
  assert.equal((await post(`${casino.url}/stakes`, '{')).status, 400);
  assert.equal((await post(`${casino.url}/stakes`, '[]')).status, 400);
  assert.equal((await post(`${casino.url}/stakes`, 'x'.repeat(20_000))).status, 413);
  assert.equal((await post(`${casino.url}/nothing`, {})).status, 404);
});

test('messages wait while the bus is down and arrive in order when it is back', async () => {
  casino.provider.verdict = 'declined';
  bus.down = true;
  const player = `p-${randomUUID()}`;
  const requests = [stake({ player }), stake({ player }), stake({ player })];
  for (const request of requests) assert.equal((await post(`${casino.url}/stakes`, request)).status, 402);
  const [waiting] = await casino.sql('SELECT count(*)::int AS count FROM payments.outbox WHERE key = $1', [player]);
  assert.equal(waiting.count, 3);
  bus.down = false;
  const mine = () => bus.messages.filter(({ key }) => key === player);
  await until(() => mine().length === 3);
  const rows = await casino.sql(
    "SELECT payment_id FROM payments.payments WHERE player = $1 AND kind = 'charge' ORDER BY created_at",
    [player],
  );
  assert.deepEqual(
    mine().map(({ value }) => value.payment_id),
    rows.map(({ payment_id }) => payment_id),
  );
});

test('connections that break are replaced', async () => {
  await casino.sql(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'payment' AND datname = current_database()",
  );
  const request = stake();
  await until(async () => (await post(`${casino.url}/stakes`, request)).status === 200);
  assert.equal(postingsOf(request.player).length, 2);
});
