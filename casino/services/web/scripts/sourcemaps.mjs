// Puts debug ids into the built files and uploads their source maps with sentry-cli. Off unless CASINO_SOURCEMAPS says so:
//   CASINO_SOURCEMAPS=inject npm run sourcemaps      debug ids only
//   CASINO_SOURCEMAPS=upload npm run sourcemaps      and the upload; needs SENTRY_URL, SENTRY_ORG, SENTRY_PROJECT, SENTRY_AUTH_TOKEN
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const folder = process.argv[2] ?? "dist/browser";
const wanted = process.env.CASINO_SOURCEMAPS ?? "";
const needed = ["SENTRY_URL", "SENTRY_ORG", "SENTRY_PROJECT", "SENTRY_AUTH_TOKEN"];

/** @param {string} reason @returns {never} */
function stop(reason) {
  console.error(`sourcemaps: ${reason}`);
  process.exit(1);
}

/** @param {...string} words */
function cli(...words) {
  const { status, error } = spawnSync("npx", ["--no-install", "sentry-cli", "sourcemaps", ...words], {
    stdio: "inherit",
    timeout: 120_000,
  });
  if (status !== 0) stop(`sentry-cli ${words[0]} failed${error ? `: ${error.message}` : ""}`);
}

if (wanted === "") {
  console.log("sourcemaps: off. CASINO_SOURCEMAPS=inject or =upload switches them on.");
} else if (!["inject", "upload"].includes(wanted)) {
  stop(`CASINO_SOURCEMAPS is "${wanted}", not inject or upload`);
} else if (!existsSync(folder)) {
  stop(`there is no ${folder}; build first`);
} else {
  const missing = wanted === "upload" ? needed.filter((name) => !process.env[name]) : [];
  if (missing.length > 0) stop(`${missing.join(", ")} missing`);
  cli("inject", folder);
  if (wanted === "upload")
    cli("upload", ...(process.env.SENTRY_RELEASE ? ["--release", process.env.SENTRY_RELEASE] : []), folder);
}
