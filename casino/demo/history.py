"""The commits of the casino's services. They are made up (history.json), because the casino is not a repository of its own;
authors, dates and files are as in real ones, and each service's last state is its real source.

Each service has a git repository in the data folder, so that sentry-cli finds its commits as it does everywhere.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import ports
from building import files_of
from places import DEMO, SERVICES

GIT_SECONDS = 20
HOUR = 3600
# When somebody put the service under version control; nobody is suspected for that.
IMPORTED_HOURS = 2200
IMPORTED_BY = "anke"
# Locks and pictures say nothing in stack traces and would only make it slow.
NOT_KEPT = ("package-lock.json", "Cargo.lock", "go.sum")
FILE_BYTES_MAX = 256 * 1024
# Of a service whose next release is told apart, the commits of that.
NEXT = "-canary"


class HistoryError(Exception):
    """A repository cannot be made, in words for who started the demonstration."""


@dataclass(frozen=True)
class Commit:
    """One, with the files it changes. Those with `added` are new in it."""

    hours_ago: float
    author: tuple[str, str]
    message: str
    files: tuple[str, ...]
    added: frozenset[str] = frozenset()


def commits(name: str) -> list[Commit]:
    """The commits of a service, or those that only its next release has. Oldest first."""
    return [parse(*row) for row in recorded()["commits"].get(name, [])]


def parse(hours: float, who: str, message: str, files: list[str]) -> Commit:
    added = frozenset(file[1:] for file in files if file.startswith("+"))
    return Commit(hours, author(who), message, tuple(file.removeprefix("+") for file in files), added)


def author(who: str) -> tuple[str, str]:
    name, email = recorded()["authors"][who]
    return name, email


@cache
def recorded() -> dict[str, Any]:
    return json.loads((DEMO / "history.json").read_text())


def repository(service: str) -> str:
    return f"casino/{service}"


def url(service: str) -> str:
    """Where its lines can be seen: the page of switches shows them."""
    return f"http://localhost:{ports.SWITCHES}/{repository(service)}"


def folder_of(data: Path, service: str) -> Path:
    return data / "repositories" / service


def make(data: Path, name: str, now: float) -> Path:
    """The repository of a service with all its commits, dated from `now` (seconds since 1970). What is there stays as it is."""
    service = name.removesuffix(NEXT)
    folder = folder_of(data, service)
    if not (folder / ".git").exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / ".git-draft"
        git(folder, "init", "-q", "-b", "main", "--bare", str(draft))
        git(draft, "config", "core.bare", "false")
        git(draft, "remote", "add", "origin", url(service))
        git(draft, "fast-import", "--quiet", stdin=stream(service, now))
        draft.rename(folder / ".git")
    if name != service and not has_next(folder):
        git(folder / ".git", "fast-import", "--quiet", stdin=stream(name, now))
        git(folder / ".git", "update-ref", "refs/tags/next", "refs/heads/main")
    return folder


def has_next(folder: Path) -> bool:
    return (folder / ".git" / "refs" / "tags" / "next").exists()


def stream(name: str, now: float) -> bytes:
    """What `git fast-import` makes these commits from, after those that `name` goes on from."""
    service = name.removesuffix(NEXT)
    whole = {path.relative_to(SERVICES / service).as_posix(): path.read_bytes() for path in sources(service)}
    plan = [(service, imported(service, whole))]
    plan += [(of, commit) for of in (service, service + NEXT) for commit in commits(of)]
    # From the newest to the oldest, so that it is known how often a file changes afterwards.
    changes: Counter[str] = Counter()
    entries: list[bytes] = []
    for of, commit in reversed(plan):
        if of == name:
            files = {file: shortened(whole[file], changes[file]) for file in commit.files}
            entries.append(entry(commit, files, now))
        changes.update(commit.files)
    entries.append(b"" if name == service else b"reset refs/heads/main\nfrom refs/heads/main^0\n\n")
    return b"".join(reversed(entries))


def imported(service: str, whole: dict[str, bytes]) -> Commit:
    """The first commit, with all files that no later one adds."""
    added = {file for of in (service, service + NEXT) for commit in commits(of) for file in commit.added}
    return Commit(IMPORTED_HOURS, author(IMPORTED_BY), f"Import {service}", tuple(file for file in whole if file not in added))


def entry(commit: Commit, files: dict[str, bytes], now: float) -> bytes:
    who = f"{commit.author[0]} <{commit.author[1]}> {now - commit.hours_ago * HOUR:.0f} +0000"
    text = commit.message.encode()
    head = f"commit refs/heads/main\nauthor {who}\ncommitter {who}\ndata {len(text)}\n".encode() + text
    bodies = (f"\nM 100644 inline {file}\ndata {len(body)}\n".encode() + body for file, body in files.items())
    return head + b"".join(bodies) + b"\n\n"


def shortened(text: bytes, changes: int) -> bytes:
    """As it was so many changes ago. Its first lines are where they are now, so that links to them fit."""
    lines = text.splitlines(keepends=True)
    return b"".join(lines[: max(1, len(lines) - changes)])


def sources(service: str) -> list[Path]:
    found = (path for path in files_of(SERVICES / service) if path.name not in NOT_KEPT)
    return [path for path in found if path.stat().st_size <= FILE_BYTES_MAX]


def git(folder: Path, *words: str, stdin: bytes | None = None) -> bytes:
    """Runs git without the settings of whoever started the demonstration."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    try:
        given: Any = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
        done = subprocess.run(["git", *words], cwd=folder, env=environment, capture_output=True, timeout=GIT_SECONDS, **given)
    except FileNotFoundError:
        raise HistoryError("git is missing: apt-get install git") from None
    except subprocess.TimeoutExpired:
        raise HistoryError(f"git {words[0]} took more than {GIT_SECONDS} s") from None
    if done.returncode != 0:
        raise HistoryError(f"git {words[0]}: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return done.stdout
