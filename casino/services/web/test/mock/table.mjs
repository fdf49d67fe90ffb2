// The live roulette table as the engine has it: news for all, bets in, results to all, with traces.
import { randomBytes } from "node:crypto";
import { WebSocketServer } from "ws";
import { roulette } from "./games.mjs";
import { requests } from "./state.mjs";

const NEWS_MS = 2_000;
const CLIENT_LIMIT = 20;
const LAST_KEPT = 10;

/** A message with a trace: the one it answers, or its own. @param {object} message @param {string} [parent] */
function traced(message, parent) {
  const trace = parent?.split("-")[0] ?? randomBytes(16).toString("hex");
  return JSON.stringify({
    ...message,
    "sentry-trace": `${trace}-${randomBytes(8).toString("hex")}-1`,
    baggage: `sentry-trace_id=${trace},sentry-sampled=true,sentry-environment=demo`,
  });
}

/** @param {import("node:http").Server} server */
export function serveTable(server) {
  const sockets = new WebSocketServer({ server, path: "/ws/tables/roulette", maxPayload: 16_384 });
  /** @type {number[]} */
  const last = [];
  let round = 0;
  const news = () => ({ type: "round", round, last, players: sockets.clients.size });

  /** @param {any} message */
  function play(message) {
    const answer = roulette(message);
    last.push(answer.number);
    if (last.length > LAST_KEPT) last.shift();
    const text = traced(
      { type: "result", request_uuid: message.request_uuid, ...answer },
      message["sentry-trace"],
    );
    for (const socket of sockets.clients) socket.send(text);
  }

  sockets.on("connection", (socket) => {
    if (sockets.clients.size > CLIENT_LIMIT) return socket.close(1013);
    socket.on("message", (data) => {
      const message = JSON.parse(String(data));
      requests.push({
        method: "WS",
        path: "/ws/tables/roulette",
        trace: message["sentry-trace"],
        baggage: message.baggage,
      });
      setTimeout(() => play(message), 400);
    });
    socket.send(JSON.stringify(news()));
  });
  const timer = setInterval(() => {
    round += 1;
    for (const socket of sockets.clients) socket.send(JSON.stringify(news()));
    if (round % 3 === 0) play({ bets: [{ kind: "straight", numbers: [round % 37], stake_minor: 0 }] });
  }, NEWS_MS);
  timer.unref();
}
