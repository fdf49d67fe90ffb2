// The requests from outside, answered from memory. `x-casino-fault` of the tests: paymentFailure=100%, walletDown=on, slow=3s.
import { adminPayments, adminPlayers } from "./admin.mjs";
import { items } from "./envelopes.mjs";
import { deal, play, roulette, slot } from "./games.mjs";
import { money, payments, player, recordPayment, requests, rounds } from "./state.mjs";

/** @typedef {{status: number, body: unknown} | {html: string}} Answer */

const GAMES = [
  {
    id: "slot",
    name: "Moon Orchard",
    provider: "acme-games",
    rtp: 0.950131,
    players: 214,
    asset: "slot.svg",
  },
  {
    id: "roulette",
    name: "Roulette",
    provider: "acme-games",
    rtp: 0.972973,
    players: 96,
    asset: "roulette.svg",
  },
  {
    id: "blackjack",
    name: "Blackjack",
    provider: "acme-games",
    rtp: 0.990062,
    players: 57,
    asset: "blackjack.svg",
  },
];

/** @param {unknown} body @returns {Answer} */
const ok = (body) => ({ status: 200, body });
/** @param {number} status @param {string} code @param {string} message @returns {Answer} */
const refuse = (status, code, message) => ({ status, body: { error: { code, message } } });
/** @param {number} ms */
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** @param {URL} url */
function config(url) {
  const name = url.searchParams.get("page") === "admin" ? "ADMIN" : "WEB";
  return {
    dsn: process.env[`CASINO_${name}_DSN`] ?? "",
    release: process.env[`CASINO_${name}_RELEASE`] ?? (name === "ADMIN" ? "admin@0.9.4" : "web@2.0.0"),
    environment: process.env.SENTRY_ENVIRONMENT ?? "demo",
    tracesSampleRate: Number(process.env.SENTRY_TRACES_SAMPLE_RATE ?? 1),
    pitwatch: process.env.CASINO_PITWATCH_URL ?? "",
  };
}

/** @param {string} fault */
function flags(fault) {
  const [name, variant] = fault.split("=");
  /** @type {Record<string, unknown>} */
  const values = { angularError: false, adminSlowRender: false, adminLeak: 0 };
  if (name in values) values[name] = variant === "10x" ? 10 : variant === "1x" ? 1 : variant === "on";
  return { flags: values };
}

/** @param {any} payment @param {string[]} states @param {number} step */
async function walk(payment, states, step) {
  for (const state of states) {
    await wait(step);
    payment.state = state;
  }
  if (payment.state === "captured")
    money.balance += payment.kind === "deposit" ? payment.amount_minor : -payment.amount_minor;
}

/** @param {any} order @returns {Answer} */
function deposit(order) {
  const payment = recordPayment("deposit", order, "redirected");
  return ok({
    payment_id: payment.payment_id,
    state: payment.state,
    redirect: `/mock/pay/${payment.payment_id}`,
  });
}

/** @param {any} order @returns {Answer} */
function withdraw(order) {
  if (player.kyc !== "verified") return refuse(403, "kyc_required", "withdrawals need a verified identity");
  if (order.amount_minor > money.balance) return refuse(409, "insufficient_funds", "balance too small");
  const payment = recordPayment("withdrawal", order, "created");
  void walk(payment, ["authorised", "captured"], 800);
  return ok({ payment_id: payment.payment_id, state: payment.state });
}

/** @param {string} id @returns {Answer} */
function providerPage(id) {
  const payment = payments.get(id);
  if (payment !== undefined) void walk(payment, ["authorised", "captured"], 900);
  const back = `/payments/${encodeURIComponent(id)}`;
  return { html: `<title>novapay</title><p>Paying …</p><meta http-equiv="refresh" content="1;url=${back}">` };
}

/** @param {string} document @returns {Answer} */
function identify(document) {
  player.kyc = "submitted";
  setTimeout(() => {
    player.kyc = document === "library card" ? "rejected" : "verified";
  }, 1_200);
  return ok(player);
}

/** @param {any} value @param {string} code @returns {Answer} */
const found = (value, code) => (value ? ok(value) : refuse(404, code, "not found"));

/**
 * @param {import("node:http").IncomingMessage} request
 * @param {URL} url
 * @param {() => Promise<any>} body
 * @returns {Promise<Answer | null>} null when it is a file that is asked for
 */
export async function answers(request, url, body) {
  const path = url.pathname;
  if (path.startsWith("/mock/pay/")) return providerPage(path.slice("/mock/pay/".length));
  if (path === "/mock/requests") return ok(requests);
  if (path === "/mock/envelopes") return ok(items);
  if (!path.startsWith("/api/")) return null;
  const fault = String(request.headers["x-casino-fault"] ?? "");
  remember(request, path, fault);
  if (path === "/api/config") return ok(config(url));
  if (path === "/api/flags") return ok(flags(fault));
  if (path === "/api/sessions") {
    const wants = await body();
    const token = wants.player === "admin" ? "admin-token" : "guest-token";
    return ok({ token, player, balance_minor: money.balance, currency: player.currency });
  }
  if (request.headers.authorization === undefined) return refuse(401, "unauthorized", "no token");
  return inside(request, url, await body(), fault);
}

/** @param {import("node:http").IncomingMessage} request @param {string} path @param {string} fault */
function remember(request, path, fault) {
  requests.push({
    method: request.method,
    path,
    fault,
    trace: request.headers["sentry-trace"],
    baggage: request.headers.baggage,
  });
  if (requests.length > 500) requests.shift();
}

/**
 * @param {import("node:http").IncomingMessage} request
 * @param {URL} url
 * @param {any} body
 * @param {string} fault
 * @returns {Promise<Answer>}
 */
async function inside(request, url, body, fault) {
  const what = `${request.method} ${url.pathname.replace(/[0-9a-f-]{36}/, "ID")}`;
  const id = /[0-9a-f-]{36}/.exec(url.pathname)?.[0] ?? "";
  if (what.endsWith("/spin") || what.endsWith("/deal")) {
    await wait(fault === "slow=3s" ? 3_500 : 250);
    if (fault === "paymentFailure=100%")
      return refuse(402, "payment_failed", "the provider declined the charge");
    if (fault === "walletDown=on") return refuse(503, "wallet_unavailable", "the wallet does not answer");
  }
  switch (what) {
    case "GET /api/lobby":
      return ok({ games: GAMES });
    case "GET /api/me":
      return ok({ player, balance_minor: money.balance, reserved_minor: 0, currency: player.currency });
    case "POST /api/me/kyc":
      return identify(body.document);
    case "POST /api/games/slot/spin":
      return ok(slot(body));
    case "POST /api/games/roulette/spin":
      return ok(roulette(body));
    case "POST /api/games/blackjack/deal":
      return ok(deal(body));
    case "GET /api/games/rounds/ID":
      return found(rounds.get(id), "round_unknown");
    case "POST /api/payments/deposit":
      return deposit(body);
    case "POST /api/payments/withdraw":
      return withdraw(body);
    case "GET /api/payments/ID":
      return found(payments.get(id), "payment_unknown");
    case "GET /api/payments":
      return ok({ payments: [...payments.values()].reverse() });
    case "GET /api/admin/players":
      return ok(adminPlayers(url.searchParams.get("search") ?? ""));
    case "GET /api/admin/payments":
      return ok(adminPayments());
    default:
      if (what.startsWith("POST /api/games/blackjack/ID/"))
        return found(play(id, what.split("/").at(-1) ?? ""), "round_unknown");
      return refuse(404, "unknown", `no answer for ${what}`);
  }
}
