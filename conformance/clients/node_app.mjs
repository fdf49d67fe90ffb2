// A Node service with @sentry/node. Usage: node node_app.mjs DSN
import * as Sentry from "@sentry/node";

Sentry.init({
  dsn: process.argv[2],
  release: "payment-service@4.2.0",
  environment: "prod",
  tracesSampleRate: 1,
});

class PaymentDeclined extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = "PaymentDeclined";
  }
}

function settle(ref) {
  try {
    JSON.parse("{broken");
  } catch (cause) {
    throw new PaymentDeclined(`provider refused ${ref}`, { cause });
  }
}

Sentry.setUser({ id: "p-1001", email: "p@players.example" });
Sentry.setTag("provider", "adyen");
Sentry.addBreadcrumb({ category: "http", message: "POST /callback", level: "info" });
const ids = [];
for (const ref of ["tr_1", "tr_2"]) {
  try {
    settle(ref);
  } catch (error) {
    ids.push(Sentry.captureException(error));
  }
  // Between the two, or the SDK's own Dedupe integration would drop the second.
  ids.push(Sentry.captureMessage("jackpot pool low", "warning"));
}
await Sentry.close(10_000);
console.log(JSON.stringify(ids));
