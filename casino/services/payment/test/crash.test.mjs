/** A process that is killed at any point loses no money and no message; nothing happens twice. */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fakeBus, order, post, stake, startCasino, startHere, startProcess, until } from './casino.mjs';

/** @type {Awaited<ReturnType<typeof startCasino>>} */
let casino;

before(async () => {
  casino = await startCasino();
});
after(() => casino?.stop());
/** @type {Awaited<ReturnType<typeof startProcess>>[]} */
const processes = [];
/** A process that does not outlive its test. */
async function start() {
  const started = await startProcess(casino.env);
  processes.push(started);
  return started;
}
afterEach(async () => {
  for (const started of processes.splice(0)) await started.kill();
});
beforeEach(() => {
  Object.assign(casino.provider, { verdict: 'authorised', waitMs: 0, callbacks: 1 });
});

/** What the dead process held is free at once. */
const free = () =>
  casino.sql("UPDATE payments.payments SET lease_until = now() - interval '1 s' WHERE lease_until IS NOT NULL");
/** And nobody will ask for it again. */
const later = () =>
  casino.sql(
    `UPDATE payments.payments SET lease_until = now() - interval '1 s', next_try_at = now() - interval '1 s'
     WHERE state IN ('created', 'authorised')`,
  );
/** @param {string} player */
const kindsOf = (player) =>
  casino.wallet
    .postings()
    .filter((posting) => posting.player === player)
    .map(({ kind }) => kind);

test('killed while the provider charges: asked again with the same request, it goes on', async () => {
  const request = stake();
  casino.provider.waitMs = 1000;
  const first = await start();
  const lost = post(`${casino.url}/stakes`, request).catch(() => 'lost');
  await until(() => casino.provider.faults.length > 0);
  await first.kill();
  assert.equal(await lost, 'lost');
  await free();
  await start();
  const answer = await post(`${casino.url}/stakes`, request);
  assert.equal(answer.status, 200);
  assert.deepEqual(kindsOf(request.player), ['deposit', 'stake']);
});

test('killed while the provider charges and never asked again: the money is in the wallet, the stake is not taken', async () => {
  const request = stake();
  casino.provider.waitMs = 1000;
  casino.provider.faults.length = 0;
  const first = await start();
  const lost = post(`${casino.url}/stakes`, request).catch(() => 'lost');
  await until(() => casino.provider.faults.length > 0);
  await first.kill();
  await lost;
  await later();
  await start();
  await until(() => casino.wallet.balance(request.player) === 100, 10_000);
  await until(() => kindsOf(request.player).includes('rollback'), 10_000);
  assert.deepEqual(kindsOf(request.player).sort(), ['deposit', 'rollback']);
  await until(async () => {
    const rows = await casino.sql('SELECT kind, state FROM payments.payments WHERE player = $1', [request.player]);
    return rows.every(({ kind, state }) => state === (kind === 'charge' ? 'captured' : 'reversed'));
  });
  const answer = await post(`${casino.url}/stakes`, request);
  assert.equal(answer.body.error.reason, 'reversed');
});

test('killed again and again under load: every captured deposit has one credit and one message', async () => {
  casino.provider.waitMs = 30;
  casino.provider.callbacks = 2;
  const requests = Array.from({ length: 60 }, (_, index) => ({
    player: `k-${index}`,
    body: order({ amount_minor: 1000 + index }),
  }));
  /** @param {typeof requests[number]} request */
  const send = ({ player, body }) =>
    post(`${casino.url}/payments/deposit`, body, { 'x-casino-player': player, 'x-casino-market': 'de' }).catch(
      () => undefined,
    );
  for (let round = 0; round < 3; round += 1) {
    const running = await start();
    const sent = requests.slice(round * 20, round * 20 + 20).map(send);
    await pause(60 + round * 40);
    await running.kill();
    await Promise.all(sent);
    await later();
  }
  const bus = fakeBus();
  const service = await startHere(casino.env, bus);
  const answers = await Promise.all(requests.map(send));
  assert.ok(answers.every((answer) => answer?.status === 200));
  // A callback that met a dead process is sent again by the real provider; here it is asked for again.
  await until(async () => {
    const rows = await casino.sql(
      "SELECT * FROM payments.payments WHERE kind = 'deposit' AND state IN ('created', 'redirected')",
    );
    await Promise.all(rows.map((row) => report(row)));
    await later();
    const [left] = await casino.sql(
      "SELECT count(*)::int AS n FROM payments.payments WHERE kind = 'deposit' AND state <> 'captured'",
    );
    return left.n === 0;
  }, 20_000);
  for (const { player, body } of requests) {
    assert.deepEqual(kindsOf(player), ['deposit'], player);
    assert.equal(casino.wallet.balance(player), body.amount_minor);
  }
  const told = () => bus.messages.filter(({ key }) => key.startsWith('k-')).map(({ key }) => key);
  await until(() => told().length === requests.length);
  assert.equal(new Set(told()).size, requests.length);
  await service.stop();
});

/** @param {any} row */
async function report(row) {
  const { sendCallback } = await import('./standins.mjs');
  const { request_uuid, transaction_uuid, payment_id, amount_minor, currency } = row;
  const said = {
    request_uuid,
    transaction_uuid,
    payment_id,
    status: 'authorised',
    amount_minor: Number(amount_minor),
    currency,
  };
  await sendCallback(`${casino.url}/payments/callback`, said);
}

test('it stops within five seconds when asked to', async () => {
  const running = await start();
  const started = Date.now();
  running.child.kill('SIGTERM');
  await until(() => running.child.exitCode !== null || running.child.signalCode !== null, 6000);
  assert.deepEqual([running.child.exitCode, running.child.signalCode], [0, null]);
  assert.ok(Date.now() - started < 5000);
});
