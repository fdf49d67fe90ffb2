// A page that asks a service of another origin while it loads. DSN, life cycle of spans and the service's
// address are in its query string.
import * as Sentry from "@sentry/browser";

const given = new URLSearchParams(location.search);

Sentry.init({
  dsn: given.get("dsn"),
  release: "casino-web@7.3.1",
  environment: "prod",
  traceLifecycle: given.get("lifecycle"),
  tracesSampleRate: 1,
  tracePropagationTargets: [given.get("gateway")],
  propagateTraceparent: true,
  integrations: [Sentry.browserTracingIntegration()],
});

const loaded = new Promise((resolve) => {
  Sentry.getClient().on("spanEnd", (span) => {
    if (Sentry.getRootSpan(span) === span) resolve(span.spanContext().traceId);
  });
});

Sentry.startSpan({ name: "show balance", op: "ui.load" }, async () => {
  const answer = await fetch(`${given.get("gateway")}/wallet`);
  document.querySelector("#balance").textContent = (await answer.json()).balance;
});

window.traceSent = async () => {
  const trace = await loaded;
  await Sentry.flush(10_000);
  return trace;
};
