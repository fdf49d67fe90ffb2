"""The real binary, started in a temporary folder and stopped by its process id."""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BINARY = os.environ.get("PITWATCH_BIN", "pitwatch")
TOKEN = "pwt_conformance0123456789"
READER = "pwt_reader0123456789"
ORGANIZATION = "acme"
# Below those that the system gives to connections.
PORTS = iter(random.sample(range(20_000, 32_000), 12_000))
SCOPES = ["org:admin", "project:admin", "event:admin", "member:admin", "project:releases", "team:admin"]


@dataclass(frozen=True)
class Project:
    """A project of the test server."""

    id: int
    slug: str
    key: str = field(default_factory=lambda: secrets.token_hex(16))

    def toml(self) -> str:
        return (
            f"[[organization.project]]\nid = {self.id}\nslug = {json.dumps(self.slug)}\n"
            f"platform = \"other\"\npublic_key = \"{self.key}\"\n"
        )


@dataclass
class Answer:
    """What the server said."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """One running Pitwatch. Use it as a context manager."""

    def __init__(self, folder: Path, projects: list[Project], settings: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.projects = {project.id: project for project in projects}
        self.settings = settings or {}
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.provision = folder / "provision.toml"
        self.provision.write_text(provisioning(projects))

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def dsn(self, project: int) -> str:
        return f"http://{self.projects[project].key}@127.0.0.1:{self.port}/{project}"

    def command(self) -> list[str]:
        return [
            BINARY, "serve", "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}",
            "--provision", str(self.provision),
        ]  # fmt: skip

    def start(self) -> "Server":
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PITWATCH_")}
        environment |= {f"PITWATCH_{name.upper()}": value for name, value in self.settings.items()}
        log = open(self.folder / "server.log", "ab")
        self.process = subprocess.Popen(
            self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
        )
        self.wait_ready()
        return self

    def wait_ready(self, seconds: float = 60) -> None:
        def ready() -> bool:
            assert self.process is not None and self.process.poll() is None, self.log()
            try:
                return self.request("GET", "/-/ready").status == 200
            except OSError:
                return False

        wait_until(ready, seconds, "the server is ready")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process = None

    def kill(self) -> None:
        """`kill -9`, as a power cut would be for the process."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(20)

    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")[-4000:]

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None, timeout: float = 30
    ) -> Answer:
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return Answer(response.status, lower(response.headers), response.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, lower(error.headers), error.read())

    def api(self, path: str, method: str = "GET", body: Any = None, token: str = TOKEN) -> Any:
        """Asks the management API and expects success."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        answer = self.request(method, f"/api/0{path}", data, headers)
        assert 200 <= answer.status < 300, f"{method} {path}: {answer.status} {answer.body[:500]!r}"
        return answer.json() if answer.body else None

    def pages(self, path: str, **query: str | int) -> list[Any]:
        """All rows of a list, following its `Link` headers."""
        rows: list[Any] = []
        cursor = ""
        for _ in range(1000):
            text = urllib.parse.urlencode({**query, "cursor": cursor})
            join = "&" if "?" in path else "?"
            answer = self.request("GET", f"/api/0{path}{join}{text}", headers={"Authorization": f"Bearer {TOKEN}"})
            assert answer.status == 200, f"{path}: {answer.status} {answer.body[:500]!r}"
            page = answer.json()
            rows += page["data"] if isinstance(page, dict) else page
            following = answer.headers.get("link", "").rpartition('rel="next"')[2]
            if 'results="true"' not in following:
                return rows
            cursor = following.split('cursor="')[1].split('"')[0]
        raise AssertionError(f"{path}: the list does not end")

    def issues(self, project: int, query: str = "") -> list[Any]:
        path = f"/organizations/{ORGANIZATION}/issues/"
        return self.pages(path, query=query, project=project, limit=100)

    def event(self, project: int, event_id: str) -> Any:
        slug = self.projects[project].slug
        return self.api(f"/projects/{ORGANIZATION}/{slug}/events/{event_id}/")

    def has_event(self, project: int, event_id: str) -> bool:
        slug = self.projects[project].slug
        path = f"/api/0/projects/{ORGANIZATION}/{slug}/events/{event_id}/"
        return self.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"}).status == 200

    def wait_event(self, project: int, event_id: str, seconds: float = 20) -> Any:
        wait_until(lambda: self.has_event(project, event_id), seconds, f"event {event_id} is visible")
        return self.event(project, event_id)


def provisioning(projects: list[Project]) -> str:
    member = (
        "[[organization.member]]\nemail = \"owner@example.com\"\n"
        "password = \"correct horse battery staple\"\nrole = \"owner\"\n"
    )
    token = "".join(
        f'[[organization.token]]\nname = "{name}"\ntoken = "{token}"\nscopes = {json.dumps(scopes)}\n'
        for name, token, scopes in (("tests", TOKEN, SCOPES), ("reader", READER, ["project:read"]))
    )
    head = f'[[organization]]\nslug = "{ORGANIZATION}"\nname = "Acme"\n'
    return "\n".join([head, *(project.toml() for project in projects), member, token])


def wait_until(condition: Any, seconds: float, what: str) -> None:
    """Asks every 50 ms until `condition` holds; the deadline is for a broken server, not a measurement."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s until {what}"
        time.sleep(0.05)


def free_port() -> int:
    """Nobody's, and never the same twice: it is free until the program that it is for has started."""
    for port in PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is left")


def lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
