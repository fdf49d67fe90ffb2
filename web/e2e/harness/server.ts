import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const KEY = "e2e0".repeat(8);
const SCENARIOS = [
  "dev/python/fastapi-payments",
  "dev/browser/casino-web-v11",
  "dev/python/unicode-secrets-attachments-large",
];
/** Channels and checks may call the tests themselves. */
const SETTINGS = { PITWATCH_ALERT_ALLOW_NETWORKS: "127.0.0.1", PITWATCH_UPTIME_ALLOW_NETWORKS: "127.0.0.1" };
const READY_MS = 60_000;
const STOP_MS = 20_000;

/** Starts a server with recorded traffic in it, unless somebody else did; answers how to stop it. */
export default async function start(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.PITWATCH_URL !== undefined) return undefined;
  const folder = mkdtempSync(path.join(tmpdir(), "pitwatch-e2e-"));
  const port = await freePort();
  const provision = path.join(folder, "provision.toml");
  process.env.PITWATCH_EMAIL = "owner@example.com";
  process.env.PITWATCH_PASSWORD = "correct horse battery staple";
  writeFileSync(provision, provisioning(process.env.PITWATCH_EMAIL, process.env.PITWATCH_PASSWORD));

  const log = openSync(path.join(folder, "server.log"), "a");
  const server = spawn(
    binary(),
    ["serve", "--data", path.join(folder, "data"), "--listen", `127.0.0.1:${port}`, "--provision", provision],
    { stdio: ["ignore", log, log], env: { ...withoutOurs(process.env), ...SETTINGS } },
  );
  closeSync(log);
  const stop = async () => {
    await end(server);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(server, `http://127.0.0.1:${port}/-/ready`);
    await expectPages(`http://127.0.0.1:${port}/`);
    replay(`http://${KEY}@127.0.0.1:${port}/1`);
    await checkInOnce(`http://127.0.0.1:${port}/api/1/envelope/?sentry_key=${KEY}`);
  } catch (error) {
    const said = readFileSync(path.join(folder, "server.log"), "utf8").slice(-4000);
    await stop();
    throw new Error(`the server is of no use: ${error}\n${said}`);
  }
  process.env.PITWATCH_URL = `http://127.0.0.1:${port}`;
  return stop;
}

function binary(): string {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache");
  const target = process.env.CARGO_TARGET_DIR ?? path.join(cache, "pitwatch", "target");
  return process.env.PITWATCH_BIN ?? path.join(target, "debug", "pitwatch");
}

function provisioning(email: string, password: string): string {
  return `
[[organization]]
slug = "acme"
name = "Acme"

[[organization.project]]
id = 1
slug = "web"
platform = "other"
public_key = "${KEY}"

[[organization.member]]
email = "${email}"
password = "${password}"
role = "owner"
`;
}

/** The settings of the one who runs the tests are not those of the server under test. */
function withoutOurs(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("PITWATCH_")));
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

async function ready(server: ChildProcess, url: string): Promise<void> {
  let failure: Error | undefined;
  server.once("error", (error) => {
    failure = error;
  });
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    if (failure !== undefined) throw failure;
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return;
    await delay(50);
  }
  throw new Error("the server did not become ready");
}

/** A debug build reads the pages from the folder it was built in, which may be gone by now. */
async function expectPages(url: string): Promise<void> {
  const answer = await fetch(url);
  if (answer.headers.get("Content-Type")?.startsWith("text/html") === true) return;
  throw new Error(`no pages: ${await answer.text()}`);
}

function replay(dsn: string): void {
  const script = path.join(ROOT, "conformance", "corpus", "replay.py");
  const only = "/api/\\d+/|/tunnel";
  const { status, stdout, stderr, error } = spawnSync(
    "python3",
    [script, "--dsn", dsn, "--refresh", "--quiet", "--only", only, ...SCENARIOS],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`${stdout}${stderr}`, { cause: error });
}

/** A job that is due every minute, and after this never comes again: by the time it is looked at, it is late. */
async function checkInOnce(url: string): Promise<void> {
  const checkIn = {
    check_in_id: randomUUID().replaceAll("-", ""),
    monitor_slug: "heartbeat",
    status: "ok",
    duration: 1.5,
    environment: "production",
    monitor_config: {
      schedule: { type: "crontab", value: "* * * * *" },
      checkin_margin: 1,
      max_runtime: 1,
      timezone: "UTC",
    },
  };
  const body = `{}\n{"type":"check_in"}\n${JSON.stringify(checkIn)}\n`;
  const headers = { "Content-Type": "application/x-sentry-envelope" };
  const answer = await fetch(url, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(`the check-in was not taken: ${await answer.text()}`);
}

/** Only ever this one process, asked first and made to after a while. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.pid === undefined) return;
  const ended = once(server, "exit");
  server.kill("SIGTERM");
  const force = setTimeout(() => server.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(force);
}
