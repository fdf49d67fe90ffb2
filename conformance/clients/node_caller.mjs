// A Node service that calls another one. Usage: node node_caller.mjs DSN URL
import * as Sentry from "@sentry/node";

Sentry.init({ dsn: process.argv[2], release: "gateway@3.1.0", environment: "prod", tracesSampleRate: 1 });

const trace = await Sentry.startSpan({ name: "POST /spin", op: "http.server", forceTransaction: true }, async (span) => {
  const answer = await fetch(process.argv[3]);
  await answer.text();
  return span.spanContext().traceId;
});
await Sentry.close(10_000);
console.log(trace);
