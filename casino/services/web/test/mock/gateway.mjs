// A stand-in for the gateway and everything behind it, for tries and tests of the pages alone. Follows CONTRACT.md.
// Usage: node test/mock/gateway.mjs; CASINO_LISTEN, CASINO_WEB_FILES, CASINO_WEB_DSN … as the gateway has them.
import { createServer } from "node:http";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { answers } from "./answers.mjs";
import { takeEnvelope } from "./envelopes.mjs";
import { sendFile } from "./files.mjs";
import { serveTable } from "./table.mjs";

const BODY_LIMIT = 2 * 1024 * 1024;
const here = fileURLToPath(new URL(".", import.meta.url));
const [host, port] = (process.env.CASINO_LISTEN ?? "127.0.0.1:14600").split(":");
const folders = {
  web: resolve(process.env.CASINO_WEB_FILES ?? `${here}../../dist/browser`),
  admin: resolve(process.env.CASINO_ADMIN_FILES ?? `${here}../../../admin/dist`),
};

/** @param {import("node:http").IncomingMessage} request */
async function readText(request) {
  let text = "";
  for await (const part of request) {
    text += part;
    if (text.length > BODY_LIMIT) throw new Error("body too large");
  }
  return text;
}

/** @param {import("node:http").IncomingMessage} request */
async function readBody(request) {
  const text = await readText(request);
  return text === "" ? {} : JSON.parse(text);
}

/** @param {import("node:http").ServerResponse} response @param {number} status @param {unknown} body */
function sendJson(response, status, body) {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
  });
  response.end(text);
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
  try {
    if (/^\/api\/\d+\/envelope\/$/.test(url.pathname)) {
      takeEnvelope(await readText(request));
      return sendJson(response, 200, {});
    }
    const answer = await answers(request, url, () => readBody(request));
    if (answer === null) return sendFile(response, url.pathname, folders);
    if ("html" in answer) {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      return response.end(answer.html);
    }
    sendJson(response, answer.status, answer.body);
  } catch (error) {
    sendJson(response, 500, { error: { code: "mock", message: String(error) } });
  }
});
serveTable(server);
server.listen(Number(port), host, () => console.log(`mock gateway on http://${host}:${port}`));
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
