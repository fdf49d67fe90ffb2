"""Sentry's command lines, unmodified, and a repository for them to look at."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from server import ORGANIZATION, TOKEN, Server

MODULES = Path(__file__).parent / "clients" / "node_modules"
NEW = MODULES / "@sentry" / "cli" / "bin" / "sentry-cli"
OLD = MODULES / "sentry-cli-2" / "bin" / "sentry-cli"
TOOLKIT = MODULES / "sentry" / "dist" / "bin.cjs"
PROJECT = "project-1"
AUTHOR = ("Ann", "ann@example.com")


class Cli:
    """One of the programs, set up for a server as builds set it up: by variables of the environment."""

    def __init__(self, server: Server, program: Path, folder: Path, token: str = TOKEN) -> None:
        self.server = server
        self.program = program
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder.parent / "home"),
            "SENTRY_CONFIG_DIR": str(folder.parent / "config"),
            "SENTRY_URL": server.url,
            "SENTRY_AUTH_TOKEN": token,
            "SENTRY_ORG": ORGANIZATION,
            "SENTRY_PROJECT": PROJECT,
            "SENTRY_HTTP_MAX_RETRIES": "0",
            "SENTRY_CLI_NO_TELEMETRY": "1",
            "SENTRY_NO_CACHE": "1",
            "NO_COLOR": "1",
            "TZ": "UTC",
        }

    @property
    def is_old(self) -> bool:
        return self.program == OLD

    def run(self, *arguments: str, code: int = 0) -> str:
        """What the program prints; with its complaints when it is to fail."""
        done = subprocess.run(
            ["node", str(self.program), *arguments],
            cwd=self.folder,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        said = f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}\n{self.server.log()}"
        assert done.returncode == code, said
        return done.stdout + (done.stderr if code else "")

    def rows(self, *arguments: str) -> list[list[str]]:
        """The rows of the table that the program prints, without its head."""
        return rows(self.run(*arguments))[1:]

    def shown(self, *arguments: str) -> dict[str, str]:
        """The table of names and values that the program prints."""
        return {row[0]: row[1] for row in rows(self.run(*arguments)) if len(row) == 2}


def rows(printed: str) -> list[list[str]]:
    lines = [line for line in printed.splitlines() if line[:1] in ("|", "│")]
    return [[cell.strip() for cell in re.split("[|│]", line)[1:-1]] for line in lines]


class Repository:
    """A git repository. Its commits are made second by second, so that their order is sure."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.second = 1_790_000_000
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, author: tuple[str, str] = AUTHOR) -> str:
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1"}
        for who in ("AUTHOR", "COMMITTER"):
            env |= {f"GIT_{who}_NAME": author[0], f"GIT_{who}_EMAIL": author[1], f"GIT_{who}_DATE": f"{self.second} +0000"}
        command = ["git", *arguments]
        return subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, check=True).stdout.strip()

    def commit(self, files: dict[str, str], message: str, author: tuple[str, str] = AUTHOR) -> str:
        """Writes files and commits them; the hash."""
        self.second += 60
        for path, text in files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message, author=author)
        return self.git("rev-parse", "HEAD")
