"""What a delivery pipeline tells Pitwatch: source maps, releases with their commits, deploys, and where code lies.

It is said with sentry-cli and a token that may do nothing else, once per release. A later start finds it told.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import code_roots
import history
import sentry_cli
from history import HistoryError
from pitwatch import ORGANIZATION, Pitwatch
from places import SERVICES
from say import say, warn
from secret_values import write_atomically
from sentry_cli import CliError, SentryCli
from services import RELEASES
from web_requests import Answer, ask, is_healthy

ENVIRONMENT = "demo"
# Where the gateway serves the pages.
PAGES = {"web": "~/", "admin": "~/admin/"}
AT_ONCE = 4
PITWATCH_SECONDS = 60


class PipelineError(Exception):
    """Something that Pitwatch did not take, in one line."""


@dataclass
class Told:
    """What Pitwatch was told already. Lies beside its data, so that both are deleted together."""

    releases: list[str] = field(default_factory=list)
    # What the maps of a page were when they were uploaded.
    maps: dict[str, str] = field(default_factory=dict)
    code: str = ""
    # Whether it knows which flags were on before it listened.
    flags: bool = False


class Pipeline:
    """One demonstration's. Nothing that goes wrong here stops it: each failure becomes a line."""

    def __init__(self, folder: Path, watcher: Pitwatch) -> None:
        self.folder = folder
        self.watcher = watcher
        self.path = folder / "pitwatch" / "told.json"
        self.told = read(self.path)
        self.writing = threading.Lock()
        self.program = sentry_cli.find()

    def start(self) -> threading.Thread:
        """Tells all that is not told yet, while other things start. Join it before anything reports."""
        thread = threading.Thread(target=self.tell, name="pipeline", daemon=True)
        thread.start()
        return thread

    def tell(self) -> None:
        began = time.monotonic()
        jobs = self._jobs()
        if not jobs:
            return
        if self.program is None:
            warn("sentry-cli is not there, so Pitwatch learns nothing of releases, commits and source maps")
            return
        if not self._is_there():
            return
        with ThreadPoolExecutor(AT_ONCE) as pool:
            problems = list(filter(None, pool.map(attempt, jobs)))
        if problems:
            warn(f"{len(problems)} of {len(jobs)} steps of the delivery failed; the first: {problems[0]}")
        say(f"Pitwatch knows the releases, their commits and source maps after {time.monotonic() - began:.1f} s")

    def deploy(self, service: str) -> None:
        """A release that comes later."""
        if RELEASES[service] in self.told.releases or self.program is None:
            return
        if problem := attempt(lambda: self._release(service)):
            warn(f"Pitwatch was not told of {RELEASES[service]}: {problem}")

    def _jobs(self) -> list[Callable[[], None]]:
        """The longest come first."""
        jobs: list[Callable[[], None]] = [lambda page=page: self._upload(page) for page in PAGES if self._has_new_maps(page)]
        jobs += [
            lambda service=service: self._release(service)
            for service, release in RELEASES.items()
            if not service.endswith(history.NEXT) and release not in self.told.releases
        ]
        return jobs + ([self._map_code] if self.told.code != code_roots.fingerprint() else [])

    def _is_there(self) -> bool:
        deadline = time.monotonic() + PITWATCH_SECONDS
        while time.monotonic() < deadline:
            try:
                if is_healthy(f"{self.watcher.url}/-/ready"):
                    return True
            except OSError:
                pass
            time.sleep(0.1)
        return False

    def _release(self, service: str) -> None:
        project = service.removesuffix(history.NEXT)
        release = RELEASES[service]
        folder = history.make(self.folder, service, time.time())
        # The import of everything into version control is nobody's change.
        depth = str(len(history.commits(service)))
        cli = self._cli()
        cli.run(project, "releases", "new", release, folder=folder)
        cli.run(project, "releases", "set-commits", release, "--local", "--initial-depth", depth, folder=folder)
        cli.run(project, "releases", "finalize", release, folder=folder)
        cli.run(project, "deploys", "new", "-r", release, "-e", ENVIRONMENT, folder=folder)
        self.note(lambda told: told.releases.append(release))

    def _upload(self, page: str) -> None:
        digest = digest_of(maps_of(page))
        words = ["--release", RELEASES[page], "--url-prefix", PAGES[page], str(maps_of(page))]
        self._cli().run(page, "sourcemaps", "upload", *words, folder=maps_of(page))
        self.note(lambda told: told.maps.__setitem__(page, digest))

    def _has_new_maps(self, page: str) -> bool:
        return maps_of(page).exists() and self.told.maps.get(page) != digest_of(maps_of(page))

    def _map_code(self) -> None:
        """Repositories, and which of their files stand in stack traces under which names."""
        known = {row["name"] for row in self._ask("/repos/", "GET").json()}
        for service in code_roots.ROOTS:
            name = history.repository(service)
            if name not in known:
                self._ask("/repos/", "POST", {"name": name, "url": history.url(service), "provider": "gitlab"})
            roots = [{"stackRoot": stack, "sourceRoot": source} for stack, source in code_roots.ROOTS[service]]
            body = {"project": service, "repository": name, "defaultBranch": "main", "mappings": roots}
            self._ask("/code-mappings/bulk/", "POST", body)
        self.note(lambda told: setattr(told, "code", code_roots.fingerprint()))

    def _ask(self, path: str, method: str, body: object = None) -> Answer:
        """As the owner, who may say where code lies."""
        url = f"{self.watcher.url}/api/0/organizations/{ORGANIZATION}{path}"
        answer = ask(url, method, body, {"authorization": f"Bearer {self.watcher.secrets.token}"})
        if answer.status >= 300:
            raise PipelineError(f"{method} {path}: {answer.status} {answer.body[:200].decode(errors='replace')}")
        return answer

    def _cli(self) -> SentryCli:
        assert self.program is not None
        return SentryCli(self.program, self.watcher.url, ORGANIZATION, self.watcher.secrets.build_token, self.folder)

    def note(self, change: Callable[[Told], None]) -> None:
        """Writes down what was told."""
        with self.writing:
            change(self.told)
            write_atomically(self.path, json.dumps(asdict(self.told), indent=2) + "\n")


def attempt(job: Callable[[], None]) -> str | None:
    """What went wrong, if something did."""
    try:
        job()
    except (CliError, HistoryError, PipelineError, OSError, ValueError) as error:
        return str(error)
    return None


def maps_of(page: str) -> Path:
    """Scripts with their maps, apart from what is served."""
    return SERVICES / page / "sourcemaps"


def digest_of(folder: Path) -> str:
    """By names and scripts, which have the debug ids of their maps in them."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.js")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def read(path: Path) -> Told:
    try:
        return Told(**json.loads(path.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return Told()
