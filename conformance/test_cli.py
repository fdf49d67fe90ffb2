"""The three generations of Sentry's command line, unmodified: releases, commits, deploys, issues, events.

Uploads are in other files. What the programs print is compared as a whole where nothing in it is a moment.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server import ORGANIZATION, TOKEN, Server
from test_faults import send

MODULES = Path(__file__).parent / "clients" / "node_modules"
NEW = MODULES / "@sentry" / "cli" / "bin" / "sentry-cli"
OLD = MODULES / "sentry-cli-2" / "bin" / "sentry-cli"
TOOLKIT = MODULES / "sentry" / "dist" / "bin.cjs"
PROJECT = "project-1"


class Cli:
    """One of the programs, set up for a server as CI sets it up: by variables of the environment."""

    def __init__(self, server: Server, program: Path, folder: Path, token: str = TOKEN, **variables: str) -> None:
        self.command = ["node", str(program)]
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "SENTRY_URL": server.url,
            "SENTRY_AUTH_TOKEN": token,
            "SENTRY_ORG": ORGANIZATION,
            "SENTRY_PROJECT": PROJECT,
            "SENTRY_HTTP_MAX_RETRIES": "0",
            "SENTRY_CLI_NO_TELEMETRY": "1",
            "DO_NOT_TRACK": "1",
            "NO_COLOR": "1",
            "TZ": "UTC",
        } | variables

    def run(self, *arguments: str, code: int = 0) -> str:
        """What the program prints. Its words of warning are left out unless it is to fail."""
        done = subprocess.run(
            [*self.command, *arguments], cwd=self.folder, env=self.variables, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + (done.stderr if code else "")

    def rows(self, *arguments: str) -> list[list[str]]:
        """The rows of the table that the program prints, without its head."""
        lines = [line for line in self.run(*arguments).splitlines() if line[:1] in "|│" and line]
        return [[cell.strip() for cell in re.split("[|│]", line)[1:-1]] for line in lines][1:]


@pytest.fixture(params=["3.x", "2.x"])
def cli(request: pytest.FixtureRequest, start: Callable[..., Server], tmp_path: Path) -> Cli:
    program = NEW if request.param == "3.x" else OLD
    made = Cli(start(), program, tmp_path / "work")
    made.is_old = request.param == "2.x"
    return made


def git(folder: Path, *arguments: str) -> str:
    """Runs git as one author at one time after the other, so that hashes are always the same."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    for who in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{who}_NAME": "Ann", f"GIT_{who}_EMAIL": "ann@example.com"}
    return subprocess.run(
        ["git", *arguments], cwd=folder, env=env, capture_output=True, text=True, check=True
    ).stdout.strip()


def commit(folder: Path, path: str, text: str, message: str) -> str:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def release(server: Server, version: str) -> Any:
    return server.api(f"/organizations/{ORGANIZATION}/releases/{version}/")


@pytest.fixture
def server(cli: Cli) -> Any:
    """Asks the management API of the server that the program is set up for."""
    return None


def ask(cli: Cli, path: str, method: str = "GET", body: Any = None) -> Any:
    import urllib.request

    request = urllib.request.Request(
        f"{cli.variables['SENTRY_URL']}/api/0/organizations/{ORGANIZATION}{path}",
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        text = response.read()
        return json.loads(text) if text else None


def test_a_release_from_first_to_last(cli: Cli) -> None:
    assert cli.run("releases", "new", "api@1.0.0", "--url", "https://ci.example.com/1") == "Created release api@1.0.0\n"
    assert cli.run("releases", "new", "api@1.0.0") == "Created release api@1.0.0\n", "twice is as good as once"
    made = ask(cli, "/releases/api@1.0.0/")
    assert (made["url"], made["dateReleased"], made["status"]) == ("https://ci.example.com/1", None, "open")
    assert made["dateStarted"] and [project["slug"] for project in made["projects"]] == [PROJECT]

    repository = cli.folder / "casino"
    repository.mkdir()
    cli.folder = repository
    git(repository, "init", "-q", "-b", "main")
    first = commit(repository, "bets/place.py", "one", "first")
    second = commit(repository, "bets/limit.py", "two", "limit bets\n\nBy hand.")
    printed = cli.run("releases", "set-commits", "api@1.0.0", "--local")
    assert "Success! Set commits for release api@1.0.0" in printed
    assert "Creating a release with 2 commits" in printed or "20 commits" in printed
    commits = ask(cli, "/releases/api@1.0.0/commits/")
    assert [told["id"] for told in commits] == [second, first]
    assert commits[0]["message"].startswith("limit bets") and commits[0]["author"]["email"] == "ann@example.com"
    files = ask(cli, "/releases/api@1.0.0/commitfiles/")
    assert [(file["filename"], file["type"]) for file in files] == [("bets/limit.py", "A"), ("bets/place.py", "A")]

    assert cli.run("releases", "finalize", "api@1.0.0") == "Finalized release api@1.0.0\n"
    shown = ask(cli, "/releases/api@1.0.0/")
    assert shown["dateReleased"] and shown["commitCount"] == 2 and shown["lastCommit"]["id"] == second
    assert [author["email"] for author in shown["authors"]] == ["ann@example.com"]

    # The next release has what came after this one, and nothing else.
    third = commit(repository, "bets/place.py", "three", "place bets twice")
    cli.run("releases", "new", "api@1.1.0")
    printed = cli.run("releases", "set-commits", "api@1.1.0", "--local")
    assert "Could not find the previous commit" not in printed
    assert [told["id"] for told in ask(cli, "/releases/api@1.1.0/commits/")] == [third]

    deploy = ["deploys", "new", "--release", "api@1.0.0"]
    deploy = ["releases", "deploys", "api@1.0.0", "new"] if cli.is_old else deploy
    printed = cli.run(*deploy, "-e", "production", "-n", "d1", "-u", "https://casino.example.com", "-t", "60")
    assert printed == "Created new deploy d1 for 'production'\n"
    assert cli.run(*deploy, "-e", "staging") == "Created new deploy unnamed for 'staging'\n"
    deploys = ["releases", "deploys", "api@1.0.0", "list"] if cli.is_old else ["deploys", "list", "-r", "api@1.0.0"]
    assert [row[:2] for row in cli.rows(*deploys)] == [["staging", "unnamed"], ["production", "d1"]]
    shown = ask(cli, "/releases/api@1.0.0/")
    assert shown["deployCount"] == 2 and shown["lastDeploy"]["environment"] == "staging"


def test_releases_are_listed_archived_and_deleted(cli: Cli) -> None:
    for version in ("api@1.0.0", "api@1.1.0"):
        cli.run("releases", "new", version, "--finalize")
    assert [row[1] for row in cli.rows("releases", "list")] == ["api@1.1.0", "api@1.0.0"]
    ((version, *_),) = cli.rows("releases", "info", "api@1.0.0")
    assert version == "api@1.0.0"
    cli.run("releases", "info", "api@9.9.9", code=1)
    assert cli.run("releases", "archive", "api@1.0.0") == "Archived release api@1.0.0\n"
    assert ask(cli, "/releases/api@1.0.0/")["status"] == "archived"
    assert [shown["version"] for shown in ask(cli, "/releases/")] == ["api@1.1.0"]
    assert cli.run("releases", "restore", "api@1.0.0") == "Restored release api@1.0.0\n"
    assert len(ask(cli, "/releases/?status=open")) == 2
    assert cli.run("releases", "delete", "api@1.0.0") == "Deleted release api@1.0.0!\n"
    assert "nothing to delete" in cli.run("releases", "delete", "api@1.0.0").lower().replace("did nothing", "nothing to delete")
