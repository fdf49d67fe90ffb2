"""Real build tools in a folder with a small app, and forms as they would send them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import secrets
import subprocess
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server import ORGANIZATION, TOKEN, Answer, Server

CLIENTS = Path(__file__).parent / "clients"
CLI_3 = CLIENTS / "node_modules/@sentry/cli-linux-x64/bin/sentry-cli"
CLI_2 = CLIENTS / "node_modules/sentry-cli-2/node_modules/@sentry/cli-linux-x64/bin/sentry-cli"
API = f"/api/0/organizations/{ORGANIZATION}"
OPTIONS = f"{API}/chunk-upload/"
ASSEMBLE = f"{API}/artifactbundle/assemble/"


@dataclass
class Done:
    """What a program said and how it ended."""

    code: int
    text: str


def run(server: Server, command: Iterable[Any], folder: Path, token: str = TOKEN, **more: str) -> Done:
    """Runs a client as a CI job would, with nothing but the URL and a token."""
    kept = ("PATH", "LANG", "TMPDIR")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    # Clients remember servers by their organisations' names.
    environment |= {"HOME": str(server.folder), "SENTRY_CONFIG_DIR": str(server.folder / "sentry")}
    environment |= {"SENTRY_URL": server.url, "SENTRY_AUTH_TOKEN": token, "SENTRY_ORG": ORGANIZATION}
    environment |= {"SENTRY_PROJECT": "project-1", "SENTRY_LOG_LEVEL": "info", "CI": "1", "NO_COLOR": "1"} | more
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, env=environment, capture_output=True, text=True, timeout=180
    )
    return Done(done.returncode, done.stdout + done.stderr)


def passes(server: Server, command: Iterable[Any], folder: Path, **more: str) -> str:
    done = run(server, command, folder, **more)
    assert done.code == 0, done.text
    return done.text


def sha1(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()


def bundle(files: dict[str, dict[str, Any]], content: dict[str, bytes] | None = None, **about: Any) -> bytes:
    """An artifact bundle whose manifest describes these files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.writestr(path, (content or {}).get(path, b"let a;"))
        archive.writestr("manifest.json", json.dumps({"files": files} | about))
    return b"SYSB\x02\0\0\0" + packed.getvalue()


def script(url: str, debug_id: str | None = None) -> dict[str, Any]:
    headers = {"debug-id": debug_id} if debug_id else {}
    return {"type": "minified_source", "url": url, "headers": headers}


def form(parts: list[tuple[str, str, bytes]]) -> tuple[bytes, dict[str, str]]:
    """Parts of a form: the field, the file's name, the bytes. A field without a file name is a text."""
    boundary = secrets.token_hex(16)
    body = b""
    for field, name, content in parts:
        named = f'; filename="{name}"' if name else ""
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"{named}\r\n'
        body += head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def post(server: Server, path: str, parts: list[tuple[str, str, bytes]], token: str = TOKEN) -> Answer:
    body, headers = form(parts)
    return server.request("POST", path, body, headers | {"Authorization": f"Bearer {token}"}, timeout=120)


def send_chunks(server: Server, chunks: list[bytes], token: str = TOKEN) -> Answer:
    parts = [("file_gzip", sha1(chunk), gzip.compress(chunk, 1)) for chunk in chunks]
    return post(server, OPTIONS, parts, token)


def assemble(server: Server, whole: bytes, pieces: list[bytes], token: str = TOKEN, **more: Any) -> Answer:
    body = {"checksum": sha1(whole), "chunks": [sha1(piece) for piece in pieces], "projects": ["project-1"]} | more
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    return server.request("POST", ASSEMBLE, json.dumps(body).encode(), headers, timeout=120)


def upload(server: Server, whole: bytes, **more: Any) -> dict[str, Any]:
    """Uploads a small file in one piece; answers what the assembly said."""
    assert send_chunks(server, [whole]).status == 200
    answer = assemble(server, whole, [whole], **more)
    assert answer.status == 200, answer.body
    return answer.json()


def stored_files(server: Server) -> list[Path]:
    """Files of uploads on the server's disk."""
    return [path for path in (server.data / "artifacts").rglob("*") if path.is_file()]


def app(folder: Path) -> Path:
    """A web app with a dependency; answers its folder."""
    folder.mkdir(parents=True)
    (folder / "node_modules").symlink_to(CLIENTS / "node_modules")
    (folder / "package.json").write_text('{"name": "shop", "version": "1.0.0", "private": true}')
    (folder / "index.html").write_text('<!doctype html><script type="module" src="/main.js"></script>')
    (folder / "main.js").write_text('import { pay } from "./pay.js";\nwindow.pay = pay;\npay("1");\n')
    (folder / "pay.js").write_text(
        "export function pay(amount) {\n"
        '  if (typeof amount !== "number") {\n    throw new Error(`no amount: ${amount}`);\n  }\n'
        "  return amount;\n}\n"
    )
    return folder


def built(folder: Path) -> Path:
    """The app as esbuild makes it, with maps; answers the folder of the output."""
    app(folder)
    esbuild = CLIENTS / "node_modules/.bin/esbuild"
    command = [esbuild, "main.js", "--bundle", "--minify", "--sourcemap", "--outfile=dist/app.min.js"]
    subprocess.run([str(part) for part in command], cwd=folder, check=True, capture_output=True)
    return folder / "dist"
