// The live roulette table: rounds of eight seconds with bets of others, each message with a trace of its own.
import { randomBytes, randomUUID } from "node:crypto";
import { WebSocketServer } from "ws";
import { roulette } from "./games.mjs";
import { requests } from "./state.mjs";

const ROUND_MS = 8_000;
const CLIENT_LIMIT = 20;
const NAMES = ["Mateo R.", "Astrid L.", "Poppy M.", "Nils E."];

/** @param {object} message */
function traced(message) {
  const trace = randomBytes(16).toString("hex");
  return JSON.stringify({
    ...message,
    "sentry-trace": `${trace}-${randomBytes(8).toString("hex")}-1`,
    baggage: `sentry-trace_id=${trace},sentry-sampled=true,sentry-environment=demo`,
  });
}

/** @param {import("node:http").Server} server */
export function serveTable(server) {
  const sockets = new WebSocketServer({ server, path: "/ws/tables/roulette", maxPayload: 4096 });
  sockets.on("connection", (socket) => {
    if (sockets.clients.size > CLIENT_LIMIT) return socket.close(1013);
    socket.on("message", (data) => requests.push({ method: "WS", path: "/ws/tables/roulette", ...JSON.parse(String(data)) }));
    socket.send(traced({ type: "round", round_id: randomUUID(), state: "open", closes_in_ms: ROUND_MS }));
  });
  /** @param {object} message */
  const tell = (message) => {
    for (const socket of sockets.clients) socket.send(traced(message));
  };
  let step = 0;
  const timer = setInterval(() => {
    step += 1;
    if (step % 4 !== 0) {
      const player = NAMES[step % NAMES.length];
      tell({ type: "bet", player, currency: "EUR", bets: [{ kind: "straight", numbers: [step % 37], stake_minor: 500 }] });
      return;
    }
    tell({ type: "result", ...roulette({ bets: [] }) });
    tell({ type: "round", round_id: randomUUID(), state: "open", closes_in_ms: ROUND_MS });
  }, ROUND_MS / 4);
  timer.unref();
}
