// The gateway that browsers ask. Usage: node node_gateway.mjs DSN PORT LIFECYCLE WALLET_URL
// Serves until its standard input ends.
import * as Sentry from "@sentry/node";

const [dsn, port, lifecycle, wallet] = process.argv.slice(2);

Sentry.init({
  dsn,
  release: "gateway@3.1.0",
  environment: "prod",
  traceLifecycle: lifecycle,
  tracesSampleRate: 1,
});

// What is instrumented has to be loaded after the SDK.
const { createServer } = await import("node:http");

const allowed = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "sentry-trace, baggage, traceparent",
};
const server = createServer(async (request, response) => {
  if (request.method === "OPTIONS") {
    response.writeHead(204, allowed).end();
    return;
  }
  const answer = await fetch(wallet);
  response.writeHead(answer.status, { ...allowed, "content-type": "application/json" });
  response.end(await answer.text());
});
server.listen(Number(port), "127.0.0.1", () => console.log("serving"));
process.stdin.resume().on("end", async () => {
  server.close();
  server.closeAllConnections();
  await Sentry.close(10_000);
});
