/** Stand-ins for the wallet, the provider and the user service that follow the contract, and can be told to misbehave. */

import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

export const SECRET = 'test-secret';
/** @type {Record<string, number>} */
const EFFECT = { deposit: 1, win: 1, stake: -1, reserve: -1, release: 1, payout: 0 };

/**
 * @param {(path: string, body: any, headers: import('node:http').IncomingHttpHeaders) => Promise<[number, object]> | [number, object]} answer
 */
async function listen(answer) {
  const server = createServer(async (incoming, outgoing) => {
    let text = '';
    for await (const part of incoming) text += part;
    const [status, body] = await answer(incoming.url ?? '', text ? JSON.parse(text) : {}, incoming.headers);
    if (status === 0) {
      outgoing.destroy();
      return;
    }
    outgoing.writeHead(status, { 'content-type': 'application/json' });
    outgoing.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

export async function startWallet() {
  /** @type {Map<string, { posting: any, answer: object }>} */
  const done = new Map();
  /** @type {Map<string, number>} */
  const balances = new Map();
  /** @type {Set<string>} */
  const blocked = new Set();
  const state = {
    /** requests that get 500 before the wallet works */
    failures: 0,
    /** postings that are made while the answer is lost */
    losses: 0,
    postings: () => [...done.values()].map(({ posting }) => posting),
    balance: (/** @type {string} */ player) => balances.get(player) ?? 0,
    give: (/** @type {string} */ player, /** @type {number} */ minor) => balances.set(player, minor),
    count: (/** @type {string} */ kind) => state.postings().filter((posting) => posting.kind === kind).length,
  };

  /** @param {any} posting @returns {[number, object]} */
  function post(posting) {
    const key = `${posting.provider} ${posting.transaction_uuid}`;
    const before = done.get(`${key} ${posting.kind}`);
    if (before) return [200, { ...before.answer, replayed: true }];
    if (blocked.has(key) && posting.kind !== 'rollback') return refused('blocked');
    let change = (EFFECT[posting.kind] ?? 0) * posting.amount_minor;
    if (posting.kind === 'rollback') {
      blocked.add(key);
      const undone = ['stake', 'reserve'].find((kind) => done.has(`${key} ${kind}`));
      change = undone ? posting.amount_minor : 0;
    }
    const balance = state.balance(posting.player) + change;
    if (balance < 0) return refused('insufficient_funds');
    balances.set(posting.player, balance);
    const answer = { posting_id: randomUUID(), balance_minor: balance, reserved_minor: 0, replayed: false };
    done.set(`${key} ${posting.kind}`, { posting, answer });
    return [200, answer];
  }

  const server = await listen((path, body) => {
    if (state.failures > 0) {
      state.failures -= 1;
      return [500, {}];
    }
    if (path.startsWith('/accounts/')) {
      const player = decodeURIComponent(path.slice('/accounts/'.length).split('?')[0] ?? '');
      return [200, { balance_minor: state.balance(player), reserved_minor: 0 }];
    }
    const answer = post(body);
    if (state.losses > 0) {
      state.losses -= 1;
      return [0, {}];
    }
    return answer;
  });
  return { ...server, state };
}

/** @param {string} code @returns {[number, object]} */
function refused(code) {
  return [409, { error: { code, message: code } }];
}

export async function startProvider() {
  const state = {
    /** @type {any[]} first requests per transaction */
    seen: [],
    /** @type {'authorised' | 'declined'} */
    verdict: 'authorised',
    waitMs: 0,
    failures: 0,
    /** how often each callback is sent */
    callbacks: 1,
    faults: /** @type {(string | undefined)[]} */ ([]),
  };

  /** @param {any} order @param {string} kind */
  async function report(order, kind) {
    const { request_uuid, transaction_uuid, payment_id, amount_minor, currency, callback } = order;
    const said = { request_uuid, transaction_uuid, payment_id, status: state.verdict, amount_minor, currency, kind };
    const reason = state.verdict === 'declined' ? { reason: 'do_not_honour' } : {};
    for (let sent = 0; sent < state.callbacks; sent += 1) await sendCallback(callback, { ...said, ...reason });
  }

  const server = await listen(async (path, body, headers) => {
    state.faults.push(/** @type {string | undefined} */ (headers['x-casino-fault']));
    if (state.failures > 0) {
      state.failures -= 1;
      return [503, {}];
    }
    if (state.waitMs > 0) await pause(state.waitMs);
    const first = !state.seen.some((order) => order.transaction_uuid === body.transaction_uuid);
    if (first) state.seen.push({ ...body, path });
    const declined = state.verdict === 'declined' ? { reason: 'do_not_honour' } : {};
    if (path === '/charges') return [200, { status: state.verdict, ...declined }];
    const kind = path === '/payouts' ? 'payout' : 'deposit';
    if (first) setTimeout(() => void report(body, kind).catch(() => undefined), 20);
    return [200, path === '/deposits' ? { redirect: `http://provider/pay/${body.transaction_uuid}` } : {}];
  });
  return { ...server, state };
}

/** @param {string} url @param {object} said @param {string} [secret] */
export async function sendCallback(url, said, secret = SECRET) {
  const text = JSON.stringify(said);
  const signature = createHmac('sha256', secret).update(text).digest('hex');
  const response = await fetch(url, { method: 'POST', headers: { 'x-signature': signature }, body: text });
  return { status: response.status, body: /** @type {any} */ (await response.json()) };
}

export async function startUsers() {
  const state = { kyc: 'verified' };
  const server = await listen((path) => [200, { id: path.split('/').at(-1), kyc: state.kyc }]);
  return { ...server, state };
}
