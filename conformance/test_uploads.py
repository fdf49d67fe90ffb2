"""Real build tools upload source maps and debug files; hostile and broken uploads leave nothing behind."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from server import ORGANIZATION, READER, TOKEN, Answer, Server
from test_attacks import bomb, peak_bytes
from uploads import (
    API,
    ASSEMBLE,
    CLI_2,
    CLI_3,
    CLIENTS,
    OPTIONS,
    app,
    assemble,
    built,
    bundle,
    form,
    passes,
    post,
    run,
    script,
    send_chunks,
    sha1,
    stored_files,
    upload,
)

Start = Callable[..., Server]
PROJECT = f"/projects/{ORGANIZATION}/project-1"
ID = "19c5818b-c20c-591d-8943-ea389fc0001a"
MIB = 1 << 20
CHUNK = 8 * MIB
AUTH = {"Authorization": f"Bearer {TOKEN}"}


def bundles(server: Server, project: int = 1, query: str = "") -> list[Any]:
    return server.pages(f"/projects/{ORGANIZATION}/project-{project}/files/artifact-bundles/", query=query)


def files_of(server: Server, name: str) -> dict[str, Any]:
    listed = server.api(f"{PROJECT}/artifact-bundles/{name}/files/")["files"]
    return {file["filePath"]: file for file in listed}


def lookup(server: Server, project: int = 1, **query: str) -> list[Any]:
    text = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    return server.api(f"/projects/{ORGANIZATION}/project-{project}/files/artifact-lookup/?{text}")


# --- the real tools ---


@pytest.mark.parametrize("cli", [CLI_3, CLI_2], ids=["3.x", "2.x"])
def test_sentry_cli_injects_and_uploads(start: Start, tmp_path: Path, cli: Path) -> None:
    server = start()
    output = built(tmp_path / "shop")
    assert "app.min.js" in passes(server, [cli, "sourcemaps", "inject", output], tmp_path)
    source_map = json.loads((output / "app.min.js.map").read_text())
    debug_id = source_map.get("debugId") or source_map["debug_id"]
    command = [cli, "sourcemaps", "upload", "--release", "shop@1.0.0", "--dist", "7", "--wait", output]
    first = passes(server, command, tmp_path)
    assert re.search(r"Uploaded files to Sentry|Uploading completed", first), first
    assert "Nothing to upload" in passes(server, command, tmp_path), "what is there is not sent again"

    (found,) = bundles(server)
    assert found["associations"] == [{"release": "shop@1.0.0", "dist": "7"}] and found["fileCount"] == 2
    files = files_of(server, found["bundleId"])
    assert {file["fileType"] for file in files.values()} == {"minified_source", "source_map"}
    assert {file["debugId"] for file in files.values()} == {debug_id}
    assert {file["url"] for file in files.values()} == {"~/app.min.js", "~/app.min.js.map"}
    (file,) = [file for file in files.values() if file["fileType"] == "minified_source"]
    path = f"/api/0{PROJECT}/artifact-bundles/{found['bundleId']}/files/{file['id']}/"
    assert server.request("GET", path, headers=AUTH).body.endswith(b"\n") and file["sourcemap"] == "app.min.js.map"

    for query in ({"debug_id": debug_id.replace("-", "").upper()}, {"url": "https://a.b/app.min.js", "release": "shop@1.0.0", "dist": "7"}):
        (answer,) = lookup(server, **query)
        assert answer["type"] == "bundle", query
        content = server.request("GET", answer["url"].removeprefix(server.url), headers=AUTH).body
        assert content.startswith(b"SYSB") and len(content) == found["size"]
    assert lookup(server, url="https://a.b/app.min.js", release="shop@1.0.0") == [], "another distribution"
    assert server.api(f"/organizations/{ORGANIZATION}/releases/shop@1.0.0/")["version"] == "shop@1.0.0"
    for query in (debug_id, "shop@1", "app.min", found["bundleId"]):
        assert len(bundles(server, query=query)) == 1 and bundles(server, query="shop@2") == []

    server.api(f"{PROJECT}/files/artifact-bundles/?bundleId={found['bundleId']}", "DELETE")
    assert bundles(server) == [] and lookup(server, debug_id=debug_id) == []


def test_without_a_release_only_debug_ids_find(start: Start, tmp_path: Path) -> None:
    server = start()
    output = built(tmp_path / "shop")
    passes(server, [CLI_3, "sourcemaps", "inject", output], tmp_path)
    passes(server, [CLI_3, "sourcemaps", "upload", "--url-suffix", "?v=9", output], tmp_path)
    (found,) = bundles(server)
    assert found["associations"] == []
    urls = {file["url"] for file in files_of(server, found["bundleId"]).values()}
    assert urls == {"~/app.min.js?v=9", "~/app.min.js.map?v=9"}


def plugin(tool: str, server: Server) -> str:
    """Options of a bundler's plugin, as JavaScript."""
    options: dict[str, Any] = {"org": ORGANIZATION, "project": "project-1", "authToken": TOKEN, "url": server.url}
    # What releases need of a server is tested with releases.
    options |= {"telemetry": False, "debug": True, "release": {"name": f"{tool}@1", "create": False, "finalize": False}}
    return json.dumps(options | {"release": options["release"] | {"setCommits": False, "inject": True}})


CONFIGS = {
    "vite": 'import { sentryVitePlugin as sentry } from "@sentry/vite-plugin";\n'
    'export default { build: { sourcemap: true, outDir: "dist" }, plugins: [sentry(OPTIONS)] };\n',
    "rollup": 'import { sentryRollupPlugin as sentry } from "@sentry/rollup-plugin";\n'
    'export default { input: "main.js", output: { dir: "dist", sourcemap: true }, plugins: [sentry(OPTIONS)] };\n',
    "webpack": 'import webpack from "webpack";\nimport { sentryWebpackPlugin as sentry } from "@sentry/webpack-plugin";\n'
    'const config = { mode: "production", entry: "./main.js", devtool: "source-map", plugins: [sentry(OPTIONS)] };\n'
    "webpack(config, (problem, stats) => {\n  if (problem || stats.hasErrors()) {\n"
    "    console.error(problem ?? stats.toString());\n    process.exit(1);\n  }\n});\n",
    "esbuild": 'import { build } from "esbuild";\nimport { sentryEsbuildPlugin as sentry } from "@sentry/esbuild-plugin";\n'
    'await build({ entryPoints: ["main.js"], bundle: true, minify: true, sourcemap: true, outdir: "dist", '
    "plugins: [sentry(OPTIONS)] });\n",
}
COMMANDS = {
    "vite": ["node", "node_modules/vite/bin/vite.js", "build", "--config", "build.mjs"],
    "rollup": ["node", "node_modules/rollup/dist/bin/rollup", "--config", "build.mjs"],
    "webpack": ["node", "build.mjs"],
    "esbuild": ["node", "build.mjs"],
}


@pytest.mark.parametrize("tool", list(CONFIGS))
def test_bundler_plugins_upload_what_they_build(start: Start, tmp_path: Path, tool: str) -> None:
    server = start()
    folder = app(tmp_path / "shop")
    (folder / "build.mjs").write_text(CONFIGS[tool].replace("OPTIONS", plugin(tool, server)))
    passes(server, COMMANDS[tool], folder)
    found = bundles(server)
    assert found and all(one["associations"][0]["release"] == f"{tool}@1" for one in found)
    code = "".join(path.read_text() for path in (folder / "dist").rglob("*.js"))
    ids = set(re.findall(r"sentry-dbid-([0-9a-f-]{36})", code))
    assert ids, "the built code names its debug id"
    for debug_id in ids:
        assert [answer["resolved_with"] for answer in lookup(server, debug_id=debug_id)] == ["debug-id"]
    before = len(stored_files(server))
    passes(server, COMMANDS[tool], folder)
    after = bundles(server)
    assert len(after) in (len(found), 2 * len(found)) and len(stored_files(server)) - before <= len(found)


def test_sentry_npm_uploads(start: Start, tmp_path: Path) -> None:
    server = start()
    output = built(tmp_path / "shop")
    passes(server, [CLI_3, "sourcemaps", "inject", output], tmp_path)
    sentry = CLIENTS / "node_modules/.bin/sentry"
    command = [sentry, "sourcemap", "upload", output, "--release", "shop@2"]
    done = run(server, command, tmp_path, SENTRY_HOST=server.url)
    assert done.code == 0, done.text
    (found,) = bundles(server)
    assert found["associations"] == [{"release": "shop@2", "dist": None}] and found["fileCount"] >= 2


def program(folder: Path) -> Path:
    """A small program with its debug information."""
    folder.mkdir(exist_ok=True)
    (folder / "bets.c").write_text("int payout(int stake) { return stake * 35; }\nint main(void) { return payout(1); }\n")
    command = ["gcc", "-g", "-Wl,--build-id=sha1", "-o", "bets", "bets.c"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "bets"


@pytest.mark.parametrize("cli", [CLI_3, CLI_2], ids=["3.x", "2.x"])
def test_debug_files_are_uploaded(start: Start, tmp_path: Path, cli: Path) -> None:
    server = start()
    path = program(tmp_path / "native")
    checked = passes(server, [cli, "debug-files", "check", path], tmp_path)
    debug_id = re.search(r"Debug ID: ([0-9a-f-]{36})", checked).group(1)  # type: ignore[union-attr]
    upload_command = [cli, "debug-files", "upload", "--include-sources", "--wait", path]
    passes(server, upload_command, tmp_path)
    assert "Nothing to upload" in passes(server, upload_command, tmp_path)
    found = server.pages(f"{PROJECT}/files/dsyms/", debug_id=debug_id)
    assert {file["symbolType"] for file in found} == {"elf", "sourcebundle"}
    assert {file["debugId"] for file in found} == {debug_id}
    (elf,) = [file for file in found if file["symbolType"] == "elf"]
    assert elf["objectName"] == "bets" and elf["sha1"] == sha1(path.read_bytes())
    content = server.request("GET", f"/api/0{PROJECT}/files/dsyms/?id={elf['id']}", headers=AUTH)
    assert content.body == path.read_bytes() and "bets" in content.headers["content-disposition"]
    assert server.api(f"/projects/{ORGANIZATION}/project-1/files/dsyms/?query=bets")
    server.api(f"{PROJECT}/files/dsyms/?id={elf['id']}", "DELETE")
    assert len(server.pages(f"{PROJECT}/files/dsyms/")) == 1


@pytest.mark.parametrize("cli", [CLI_3, CLI_2], ids=["3.x", "2.x"])
def test_mappings_of_proguard_are_uploaded(start: Start, tmp_path: Path, cli: Path) -> None:
    """3.x sends pieces, 2.x a ZIP."""
    server = start()
    mapping = tmp_path / "mapping.txt"
    mapping.write_text("com.example.Bet -> a.b:\n    1:2:void place():10:11 -> a\n")
    name = ["proguard", "upload"] if cli == CLI_3 else ["upload-proguard"]
    passes(server, [cli, *name, mapping], tmp_path)
    (found,) = server.pages(f"{PROJECT}/files/dsyms/")
    assert found["symbolType"] == "proguard" and found["data"]["features"] == ["mapping"]


def test_files_of_a_release_one_by_one(start: Start, tmp_path: Path) -> None:
    server = start()
    (tmp_path / "ev.json").write_text('{"a": 1}')
    passes(server, [CLI_2, "releases", "new", "web@1"], tmp_path)
    passes(server, [CLI_2, "files", "--release", "web@1", "upload", "ev.json", "~/ev.json"], tmp_path)
    listed = passes(server, [CLI_2, "files", "--release", "web@1", "list"], tmp_path)
    assert "~/ev.json" in listed
    (found,) = server.pages(f"{PROJECT}/releases/web@1/files/")
    assert (found["name"], found["size"], found["sha1"]) == ("~/ev.json", 8, sha1(b'{"a": 1}'))
    path = f"/api/0{PROJECT}/releases/web@1/files/{found['id']}/?download=1"
    assert server.request("GET", path, headers=AUTH).body == b'{"a": 1}'
    (answer,) = lookup(server, url="https://x/ev.json", release="web@1")
    assert answer["resolved_with"] == "release-old"
    assert server.request("GET", answer["url"].removeprefix(server.url), headers=AUTH).body == b'{"a": 1}'
    passes(server, [CLI_2, "files", "--release", "web@1", "delete", "~/ev.json"], tmp_path)
    assert server.pages(f"{PROJECT}/releases/web@1/files/") == []


def test_a_release_is_assembled_as_older_tools_ask(start: Start) -> None:
    server = start()
    whole = bundle({"files/_/_/a.js": script("~/a.js")}, project="project-1", dist="9")
    send_chunks(server, [whole])
    body = {"checksum": sha1(whole), "chunks": [sha1(whole)]}
    answer = server.api(f"/organizations/{ORGANIZATION}/releases/web@1/assemble/", "POST", body)
    assert answer["state"] == "ok"
    assert lookup(server, url="https://x/a.js", release="web@1", dist="9")


# --- the protocol ---


def test_a_large_bundle_goes_in_pieces_and_on_where_it_was_cut_off(start: Start) -> None:
    server = start()
    noise = os.urandom(20 * MIB)
    path = "files/_/_/a.js"
    whole = bundle({path: script("~/a.js", ID)}, {path: noise})
    chunks = [whole[at : at + CHUNK] for at in range(0, len(whole), CHUNK)]
    assert len(chunks) == 3
    answer = assemble(server, whole, chunks).json()
    assert answer["state"] == "not_found" and sorted(answer["missingChunks"]) == sorted(map(sha1, chunks))
    send_chunks(server, chunks[:1])
    cut = form([("file_gzip", sha1(chunks[1]), gzip.compress(chunks[1], 1))])
    broken_off(server, OPTIONS, cut[0][: len(cut[0]) // 2], len(cut[0]), cut[1])
    assert sorted(assemble(server, whole, chunks).json()["missingChunks"]) == sorted(map(sha1, chunks[1:]))

    server.kill()
    server.start()
    assert len(stored_files(server)) == 1, "half a piece is gone"
    send_chunks(server, chunks[1:])
    assert assemble(server, whole, chunks).json() == {"state": "ok", "missingChunks": [], "detail": None}
    assert assemble(server, whole, chunks).json()["state"] == "ok"
    (answer,) = lookup(server, debug_id=ID)
    content = server.request("GET", answer["url"].removeprefix(server.url), headers=AUTH, timeout=60)
    assert hashlib.sha1(content.body).hexdigest() == sha1(whole)
    assert peak_bytes(server) < 250 << 20


def broken_off(server: Server, path: str, half: bytes, length: int, headers: dict[str, str]) -> None:
    """A request whose connection ends in the middle of its body."""
    import socket

    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\nAuthorization: Bearer {TOKEN}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode() + half)


def test_one_bundle_serves_several_projects_and_no_other(start: Start) -> None:
    server = start([1, 2, 3])
    whole = bundle({"files/_/_/a.js": script("~/a.js", ID)})
    assert upload(server, whole, projects=["project-1", 2])["state"] == "ok"
    assert [len(bundles(server, project)) for project in (1, 2, 3)] == [1, 1, 0]
    assert lookup(server, 2, debug_id=ID) and not lookup(server, 3, debug_id=ID)
    (found,) = bundles(server)
    path = f"/projects/{ORGANIZATION}/project-3/files/artifact-bundles/?bundleId={found['bundleId']}"
    assert server.request("DELETE", f"/api/0{path}", headers=AUTH).status == 404
    server.api(f"{PROJECT}/files/artifact-bundles/?bundleId={found['bundleId']}", "DELETE")
    assert [len(bundles(server, project)) for project in (1, 2)] == [0, 1]
    assert assemble(server, whole, [whole]).json()["state"] == "ok", "stored, so it need not be sent"
    assert [len(bundles(server, project)) for project in (1, 2)] == [1, 1]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Server]:
    """A server with two organisations and tokens that may do little."""
    server = Server(tmp_path / "two", [])
    scopes = {"reader": ["project:read", "event:admin"], "ci": ["org:ci"], "releases": ["project:releases"]}
    text = ""
    for organization in (ORGANIZATION, "rival"):
        text += f'[[organization]]\nslug = "{organization}"\nname = "x"\n'
        text += '[[organization.project]]\nslug = "project-1"\n'
        for name, allowed in scopes.items():
            text += f'[[organization.token]]\nname = "{name}"\ntoken = "pwt_{organization}_{name}_0123456789"\n'
            text += f"scopes = {json.dumps(allowed)}\n"
    server.provision.write_text(text)
    with server:
        yield server


def test_uploads_need_the_right_and_stay_in_their_organization(two: Server) -> None:
    whole = bundle({"files/_/_/a.js": script("~/a.js", ID)})
    mine = {name: f"pwt_{ORGANIZATION}_{name}_0123456789" for name in ("reader", "ci", "releases")}
    rival = "pwt_rival_releases_0123456789"

    def status(method: str, path: str, token: str | None) -> int:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return two.request(method, path, b"{}" if method == "POST" else None, headers | {"Content-Type": "application/json"}).status

    expected = {None: 401, mine["reader"]: 403, rival: 404}
    for token, code in expected.items():
        assert status("GET", OPTIONS, token) == code
        if token:
            assert send_chunks(two, [whole], token).status == code
            assert assemble(two, whole, [whole], token).status == code
            assert post(two, f"/api/0{PROJECT}/files/dsyms/", [("file", "x", b"x")], token).status == code
            assert post(two, f"/api/0{PROJECT}/releases/x/files/", [("file", "x", b"x")], token).status == code
            assert status("DELETE", f"/api/0{PROJECT}/files/dsyms/?id=1", token) == code
            assert status("DELETE", f"/api/0{PROJECT}/files/artifact-bundles/?bundleId=x", token) == code
    assert stored_files(two) == []
    for name in ("ci", "releases"):
        assert status("GET", OPTIONS, mine[name]) == 200
        assert send_chunks(two, [whole], mine[name]).status == 200
        assert assemble(two, whole, [whole], mine[name]).json()["state"] == "ok"
    # What one organisation has sent, another one has not, whatever it knows of it.
    theirs = ASSEMBLE.replace(ORGANIZATION, "rival")
    body = json.dumps({"checksum": sha1(whole), "chunks": [sha1(whole)], "projects": ["project-1"]}).encode()
    answer = two.request("POST", theirs, body, {"Content-Type": "application/json", "Authorization": f"Bearer {rival}"})
    assert answer.json()["state"] == "not_found"
    (found,) = two.request("GET", f"/api/0{PROJECT}/files/artifact-bundles/", headers={"Authorization": f"Bearer {mine['reader']}"}).json()
    (file,) = two.request(
        "GET", f"/api/0{PROJECT}/artifact-bundles/{found['bundleId']}/files/", headers={"Authorization": f"Bearer {mine['reader']}"}
    ).json()["files"]
    source = f"/api/0{PROJECT}/artifact-bundles/{found['bundleId']}/files/{file['id']}/"
    assert [status("GET", source, token) for token in (mine["reader"], rival, mine["releases"])] == [403, 404, 200]


# --- broken and hostile ---


def refused(answer: Answer, status: int, text: str) -> None:
    assert answer.status == status, answer.body
    assert text in answer.json()["detail"], answer.body


def test_pieces_that_are_not_what_they_say_are_refused(start: Start) -> None:
    server = start()
    name = sha1(b"right")
    refused(post(server, OPTIONS, [("file_gzip", name, gzip.compress(b"wrong"))]), 400, "has the checksum")
    refused(post(server, OPTIONS, [("file", name, b"wrong")]), 400, "has the checksum")
    refused(post(server, OPTIONS, [("file_gzip", name, b"right")]), 400, "cannot be read")
    refused(post(server, OPTIONS, [("file_gzip", name, gzip.compress(b"right")[:-9])]), 400, "cannot be read")
    for path in ("../../../etc/passwd", "..%2f..%2fx", "x" * 40, name[:-1], ""):
        if path:
            refused(post(server, OPTIONS, [("file", path, b"right")]), 400, "SHA-1")
    refused(server.request("POST", OPTIONS, b"right", AUTH), 400, "form")
    many = [("file", sha1(bytes([n])), bytes([n])) for n in range(65)]
    refused(post(server, OPTIONS, many), 400, "More than 64")
    assert len(stored_files(server)) == 64
    assert post(server, OPTIONS, [("file", name, b"right"), ("else", "", b"1")]).status == 200


def test_bombs_and_large_pieces_are_refused_and_memory_stays(start: Start) -> None:
    server = start()
    refused(post(server, OPTIONS, [("file_gzip", sha1(b"x"), bomb("gzip", 3000))]), 413, "more than 8388608 bytes")
    refused(post(server, OPTIONS, [("file", sha1(b"x"), os.urandom(CHUNK + 1))]), 413, "more than 8388608 bytes")
    too_long = server.request(
        "POST", OPTIONS, b"x", AUTH | form([])[1] | {"Content-Length": "1"}
    )
    assert too_long.status == 400
    whole = [os.urandom(7 * MIB) for _ in range(5)]
    refused(post(server, OPTIONS, [("file", sha1(one), one) for one in whole]), 413, "more than")
    assert peak_bytes(server) < 200 << 20
    zeros = {"files/_/_/a.js": script("~/a.js", ID)}
    answer = upload(server, bundle(zeros, {"files/_/_/a.js": b"\0" * (90 * MIB)}))
    assert answer["state"] == "error" and "would grow" in answer["detail"]
    answer = upload(server, bundle({"files/_/_/a.js": script("~/a.js", ID)}), version="a/b")
    assert answer["state"] == "error" and "version" in answer["detail"]
    assert bundles(server) == [] and peak_bytes(server) < 300 << 20


BROKEN = {
    "no bundle": (b"hello", "not an artifact bundle"),
    "no zip": (b"SYSB\x02\0\0\0 hello", "zip"),
    "another version": (b"SYSB\x03\0\0\0" + bundle({})[8:], "version 3"),
    "cut off": (bundle({"files/a.js": script("~/a.js")})[:-30], "zip"),
    "no manifest": (b"SYSB\x02\0\0\0", "zip"),
    "a path that leads out": (bundle({"files/../../../../tmp/x.js": script("~/x.js")}), "refused"),
    "an absolute path": (bundle({"/etc/passwd": script("~/x.js")}), "refused"),
    "a debug id that is none": (bundle({"files/a.js": script("~/a.js", "xyz")}), "debug id"),
}


@pytest.mark.parametrize("what", list(BROKEN))
def test_broken_bundles_are_errors_and_leave_nothing(start: Start, what: str) -> None:
    server = start()
    whole, text = BROKEN[what]
    answer = upload(server, whole, version="broken@1")
    assert answer["state"] == "error" and text in answer["detail"], answer
    assert assemble(server, whole, [whole], version="broken@1").json()["state"] == "error", "the client asks twice"
    assert bundles(server) == []
    releases = server.pages(f"/organizations/{ORGANIZATION}/releases/")
    assert releases == [], "a release that no file was uploaded for"


def test_sentry_cli_tells_what_is_wrong(start: Start, tmp_path: Path) -> None:
    server = start()
    output = built(tmp_path / "shop")
    passes(server, [CLI_3, "sourcemaps", "inject", output], tmp_path)
    done = run(server, [CLI_3, "sourcemaps", "upload", output], tmp_path, token=READER)
    assert done.code == 1 and "permission" in done.text, done.text
    done = run(server, [CLI_3, "sourcemaps", "upload", "--project", "nobody", output], tmp_path)
    assert done.code == 1 and "Invalid project ids or slugs" in done.text, done.text


def test_files_whose_checksum_is_wrong_are_errors(start: Start) -> None:
    server = start()
    chunks = [os.urandom(CHUNK), os.urandom(100)]
    send_chunks(server, chunks)
    answer = assemble(server, b"something else", chunks).json()
    assert answer["state"] == "error" and "checksum" in answer["detail"]
    answer = assemble(server, b"something else", chunks[1:]).json()
    assert answer["state"] == "error" and "checksum" in answer["detail"]
    assert len(stored_files(server)) == 2, "only the pieces"
    for body in ({"checksum": "x"}, {"chunks": []}, {"chunks": ["x"]}, {"projects": []}, {"projects": ["nobody"]}):
        assert assemble(server, b"x", [b"x"], **body).status == 400, body
    assert assemble(server, b"x", [b"x"], chunks=[sha1(b"x")] * 1025).status == 400


def test_the_servers_room_is_bounded(start: Start) -> None:
    server = start(artifact_bytes="4 MiB")
    noise = os.urandom(3 * MIB)
    assert post(server, OPTIONS, [("file", sha1(noise), noise)]).status == 200
    other = os.urandom(2 * MIB)
    refused(post(server, OPTIONS, [("file", sha1(other), other)]), 507, "space for uploads")
    assert len(stored_files(server)) == 1


def test_zips_of_debug_files_are_all_or_nothing(start: Start) -> None:
    server = start()
    path = f"/api/0{PROJECT}/files/dsyms/"

    def packed(files: dict[str, bytes]) -> bytes:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return content.getvalue()

    good = f"proguard/{ID}.txt"
    answer = post(server, path, [("file", "x.zip", packed({good: b"a -> b:\n", "README": b"hello"}))])
    assert answer.status == 201 and [file["debugId"] for file in answer.json()] == [ID]
    refused(post(server, path, [("file", "x.zip", packed({"README": b"hello"}))]), 400, "no debug file")
    refused(post(server, path, [("file", "x.zip", packed({"../../x": b"hello"}))]), 400, "refused")
    refused(post(server, path, [("file", "x.zip", packed({good: b"\0" * (90 * MIB)}))]), 400, "would grow")
    refused(post(server, path, [("file", "x.zip", packed({good: b"c -> d:\n"})[:-10])]), 400, "zip")
    refused(post(server, path, [("file", "x", b"hello")]), 400, "Unsupported")
    refused(post(server, path, [("else", "x", b"hello")]), 400, "Missing")
    assert len(server.pages(f"{PROJECT}/files/dsyms/")) == 1
    half, headers = form([("file", "y.txt", packed({f"proguard/{ID[:-1]}b.txt": os.urandom(1000)}))])
    broken_off(server, path, half[:-200], len(half), headers)
    assert len(server.pages(f"{PROJECT}/files/dsyms/")) == 1


@pytest.mark.skipif(os.environ.get("PITWATCH_SLOW") != "1", reason="writes 4 GB; PITWATCH_SLOW=1 runs it")
def test_two_gigabytes_go_in_pieces(start: Start) -> None:
    server = start()
    path = "files/_/_/a.js"
    noise = [os.urandom(90 * MIB) for _ in range(2)]
    files = {f"files/_/_/{n}.js": script(f"~/{n}.js", f"{n:08x}{ID[8:]}") for n in range(22)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for n, path in enumerate(files):
            archive.writestr(path, noise[n % 2])
        archive.writestr("manifest.json", json.dumps({"files": files}))
    whole = b"SYSB\x02\0\0\0" + packed.getvalue()
    chunks = [whole[at : at + CHUNK] for at in range(0, len(whole), CHUNK)]
    for at, chunk in enumerate(chunks):
        assert post(server, OPTIONS, [("file", sha1(chunk), chunk)]).status == 200
        if at == len(chunks) // 2:
            server.kill()
            server.start()
    for _ in range(120):
        answer = assemble(server, whole, chunks).json()
        if answer["state"] != "assembling":
            break
    assert answer["state"] == "ok", answer
    assert lookup(server, debug_id=f"{21:08x}{ID[8:]}") and peak_bytes(server) < 300 << 20
