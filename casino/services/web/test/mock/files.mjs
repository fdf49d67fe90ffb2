// The pages' files, as the gateway serves them: web at `/`, admin at `/admin/`, and their index for unknown paths.
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";

/** @type {Record<string, string>} */
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".map": "application/json",
};

/**
 * @param {import("node:http").ServerResponse} response
 * @param {string} path
 * @param {{web: string, admin: string}} folders
 */
export async function sendFile(response, path, folders) {
  const isAdmin = path === "/admin" || path.startsWith("/admin/");
  const folder = isAdmin ? folders.admin : folders.web;
  const inside = normalize(isAdmin ? path.slice("/admin".length) : path);
  const name = extname(inside) === "" ? "/index.html" : inside;
  try {
    const bytes = await readFile(join(folder, name));
    response.writeHead(200, {
      "content-type": TYPES[extname(name)] ?? "application/octet-stream",
      "document-policy": "js-profiling",
      "cache-control": "no-store",
    });
    response.end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}
