// Fails when what a first visit to the issues screen loads is above its budget.
// Follows the static imports of the entry and of the issues screen in the Vite manifest.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const KB = 1024;
const SCREEN = "src/features/issues/IssuesScreen.tsx";
const BUDGETS = {
  "entry + shell + issues (js)": 190 * KB,
  "any other route (js)": 60 * KB,
  "entry + shell + issues (css)": 20 * KB,
};

const folder = process.argv[2] ?? "dist";
const manifest = JSON.parse(await readFile(join(folder, ".vite", "manifest.json"), "utf8"));
const sizes = new Map();

async function size(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(await readFile(join(folder, file)), { level: 9 }).length);
  return sizes.get(file);
}

function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) closure(next, seen);
  return seen;
}

async function total(keys) {
  let bytes = 0;
  for (const file of new Set([...keys].map((key) => manifest[key].file))) {
    if (file.endsWith(".js")) bytes += await size(file);
  }
  return bytes;
}

const first = closure("index.html");
closure(SCREEN, first);
const rows = [["entry + shell + issues (js)", await total(first), BUDGETS["entry + shell + issues (js)"]]];

for (const key of Object.keys(manifest)) {
  if (!manifest[key].isDynamicEntry || key === SCREEN || !key.startsWith("src/features/")) continue;
  const own = [...closure(key)].filter((part) => !first.has(part));
  rows.push([key.replace("src/features/", ""), await total(own), BUDGETS["any other route (js)"]]);
}

// Styles come with the screens that need them, as scripts do.
const styles = new Set([...first].flatMap((key) => manifest[key].css ?? []));
let css = 0;
for (const file of styles) css += await size(file);
rows.push(["entry + shell + issues (css)", css, BUDGETS["entry + shell + issues (css)"]]);

let failed = 0;
for (const [name, bytes, budget] of rows) {
  const over = bytes > budget;
  if (over) failed += 1;
  console.log(
    `${over ? "OVER" : "ok  "} ${(bytes / KB).toFixed(1).padStart(7)} KB of ${budget / KB} KB gz  ${name}`,
  );
}
process.exitCode = failed > 0 ? 1 : 0;
