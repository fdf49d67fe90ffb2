// The last step of a build: puts debug ids into the scripts and their source maps, and takes the maps out of what is served.
//   node scripts/sourcemaps.mjs SERVED APART
// Afterwards APART has each script with its map, for `sentry-cli sourcemaps upload`, and SERVED has scripts that name no map.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const REFERENCE = /^\/\/# sourceMappingURL=.*$\n?/gm;
const [served, apart] = process.argv.slice(2);

/** @param {string} reason @returns {never} */
function stop(reason) {
  console.error(`sourcemaps: ${reason}`);
  process.exit(1);
}

if (!served || !apart) stop("which folder is served, and which one is for the maps?");
const { status, error } = spawnSync("npx", ["--no-install", "sentry-cli", "sourcemaps", "inject", served], {
  stdio: ["ignore", "ignore", "inherit"],
  env: { ...process.env, SENTRY_CLI_NO_TELEMETRY: "1" },
  timeout: 120_000,
});
if (status !== 0) stop(`sentry-cli inject failed${error ? `: ${error.message}` : ""}`);

rmSync(apart, { recursive: true, force: true });
const maps = readdirSync(served, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".map"));
for (const map of maps) {
  const script = map.slice(0, -".map".length);
  mkdirSync(dirname(join(apart, map)), { recursive: true });
  for (const name of [map, script]) copyFileSync(join(served, name), join(apart, name));
  rmSync(join(served, map));
  const text = readFileSync(join(served, script), "utf8");
  writeFileSync(join(served, script), text.replace(REFERENCE, ""));
}
if (maps.length === 0) stop(`there are no maps in ${served}`);
console.log(`sourcemaps: ${maps.length} maps are in ${apart}`);
