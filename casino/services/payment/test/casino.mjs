/** The service among its stand-ins, in this process or in one of its own that can be killed. */

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startService } from '../src/service.mjs';
import { readSettings } from '../src/settings.mjs';
import { database } from './postgres.mjs';
import { SECRET, startProvider, startUsers, startWallet } from './standins.mjs';

export function fakeBus() {
  /** @type {import('../src/outbox.mjs').Message[]} */
  const messages = [];
  const bus = {
    system: 'test',
    messages,
    down: false,
    async ready() {
      if (bus.down) throw new Error('the bus is down');
    },
    /** @param {import('../src/outbox.mjs').Message} message */
    async publish(message) {
      await bus.ready();
      messages.push(message);
    },
    async close() {},
  };
  return bus;
}

/** Everything a test file needs, started once. @param {Record<string, string>} [more] */
export async function startCasino(more = {}) {
  const [store, wallet, provider, users] = await Promise.all([
    database(),
    startWallet(),
    startProvider(),
    startUsers(),
  ]);
  const port = 20_000 + (process.pid % 20_000);
  const env = {
    CASINO_LISTEN: `127.0.0.1:${port}`,
    CASINO_POSTGRES: store.address,
    CASINO_BUS: 'kafka://127.0.0.1:9',
    CASINO_WALLET_URL: wallet.url,
    CASINO_PROVIDER_URL: provider.url,
    CASINO_USER_URL: users.url,
    CASINO_CALLBACK_SECRET: SECRET,
    CASINO_SEED: '7',
    SENTRY_RELEASE: 'payment@1.4.0',
    ...more,
  };
  const pool = new pg.Pool({ connectionString: store.address, max: 2 });
  // The database is dropped under connections that are still being closed.
  pool.on('error', () => undefined);
  return {
    env,
    wallet: wallet.state,
    provider: provider.state,
    users: users.state,
    url: `http://127.0.0.1:${port}`,
    /** @param {string} statement @param {unknown[]} [values] */
    sql: async (statement, values = []) => (await pool.query(statement, values)).rows,
    async stop() {
      await pool.end();
      for (const standin of [wallet, provider, users]) standin.stop();
      await store.drop();
    },
  };
}

/** @param {Record<string, string>} env @param {import('../src/outbox.mjs').Bus} bus */
export function startHere(env, bus) {
  return startService(readSettings(env), bus);
}

/** A process of its own; ready when it answers. @param {Record<string, string>} env */
export async function startProcess(env) {
  const main = fileURLToPath(new URL('../src/main.mjs', import.meta.url));
  const child = spawn(process.execPath, [main], { env: { PATH: process.env.PATH, ...env }, stdio: 'ignore' });
  await until(async () => (await fetch(`http://${env.CASINO_LISTEN}/health`)).ok, 15_000);
  return {
    child,
    async kill() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

/** @param {() => Promise<unknown> | unknown} condition @param {number} [ms] */
export async function until(condition, ms = 5000) {
  const end = Date.now() + ms;
  for (;;) {
    const met = await Promise.resolve()
      .then(condition)
      .catch(() => false);
    if (met) return;
    if (Date.now() > end) throw new Error(`waited ${ms} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** @param {string} url @param {object | string} body @param {Record<string, string>} [headers] */
export async function post(url, body, headers = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: /** @type {any} */ (await response.json()) };
}

/** @param {string} url @param {Record<string, string>} [headers] */
export async function get(url, headers = {}) {
  const response = await fetch(url, { headers });
  return { status: response.status, body: /** @type {any} */ (await response.json()) };
}

let players = 0;
/** A player nobody has used yet. */
export function newPlayer() {
  players += 1;
  return `p-${String(players).padStart(6, '0')}`;
}

/** @param {object} [more] */
export function stake(more = {}) {
  return {
    request_uuid: randomUUID(),
    round_id: randomUUID(),
    player: newPlayer(),
    market: 'de',
    currency: 'EUR',
    amount_minor: 100,
    game: 'slot',
    pays: 'per_spin',
    ...more,
  };
}

/** @param {object} [more] */
export function order(more = {}) {
  return { request_uuid: randomUUID(), amount_minor: 5000, currency: 'EUR', method: 'card', ...more };
}
