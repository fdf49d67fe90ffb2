// A page with @sentry/browser. The DSN is in the page's query string.
import * as Sentry from "@sentry/browser";

Sentry.init({
  dsn: new URLSearchParams(location.search).get("dsn"),
  release: "casino-web@7.3.1",
  environment: "prod",
  tracesSampleRate: 1,
  integrations: [Sentry.browserTracingIntegration()],
});

function evaluateLine(reels) {
  return reels.lines.map((line) => line.symbols);
}

document.querySelector("#spin").addEventListener("click", () => {
  evaluateLine({ error: "no reels" });
});
window.sentryDone = () => Sentry.flush(10_000);
