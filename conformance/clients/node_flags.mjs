// Feature flags by @sentry/node's own integration. Usage: node_flags.mjs DSN
import * as Sentry from "@sentry/node";

Sentry.init({
  dsn: process.argv[2],
  release: "lobby@3.0.0",
  tracesSampleRate: 1,
  integrations: [Sentry.featureFlagsIntegration()],
});

await Sentry.startSpan({ name: "GET /lobby", op: "http.server" }, async () => {
  const flags = Sentry.getClient().getIntegrationByName("FeatureFlags");
  flags.addFeatureFlag("new-lobby", false);
  flags.addFeatureFlag("turbo-spin", false);
  flags.addFeatureFlag("new-lobby", true);
  Sentry.captureException(new TypeError("no tables"));
});
await Sentry.flush(20_000);
console.log(JSON.stringify({ done: true }));
