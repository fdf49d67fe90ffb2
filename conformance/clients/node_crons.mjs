// Cron jobs as the guide of Sentry's SDK shows them. Usage: node node_crons.mjs DSN
import * as Sentry from "@sentry/node";

Sentry.init({ dsn: process.argv[2], environment: "prod", release: "jobs@1.0.0" });
const config = { schedule: { type: "crontab", value: "*/5 * * * *" }, checkinMargin: 2, maxRuntime: 10, timezone: "Asia/Tokyo" };
const answer = await Sentry.withMonitor("token-refresh", async () => "refreshed", config);
if (answer !== "refreshed") throw new Error("the job's answer is lost");
try {
  Sentry.withMonitor("token-check", () => { throw new Error("expired"); }, config);
  throw new TypeError("the error is lost");
} catch (error) {
  if (error instanceof TypeError) throw error;
}
await Sentry.flush(10_000);
console.log(JSON.stringify({ done: true }));
