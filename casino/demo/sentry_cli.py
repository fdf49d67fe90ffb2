"""The real sentry-cli, as the pages' packages bring it, told by variables where Pitwatch is."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from places import SERVICES
from programs import base_environment

RUN_SECONDS = 60


class CliError(Exception):
    """What it said when it failed, in one line."""


def find() -> Path | None:
    """The program itself: started through Node it would take twice as long."""
    found = (SERVICES / page / "node_modules" / "@sentry" for page in ("web", "admin"))
    return next((path for folder in found for path in sorted(folder.glob("cli-*/bin/sentry-cli"))), None)


@dataclass(frozen=True)
class SentryCli:
    """Set up for one server, as builds set it up."""

    program: Path
    url: str
    organization: str
    token: str
    # Instead of the home of whoever started the demonstration, who may have settings of his own.
    home: Path

    def run(self, project: str, *words: str, folder: Path) -> None:
        environment = base_environment() | {
            "HOME": str(self.home),
            "SENTRY_URL": self.url,
            "SENTRY_ORG": self.organization,
            "SENTRY_PROJECT": project,
            "SENTRY_AUTH_TOKEN": self.token,
            "SENTRY_CLI_NO_TELEMETRY": "1",
            "SENTRY_LOG_LEVEL": "warn",
            "NO_COLOR": "1",
        }
        given = {"cwd": folder, "env": environment, "stdin": subprocess.DEVNULL, "timeout": RUN_SECONDS}
        try:
            done = subprocess.run([self.program, *words], capture_output=True, text=True, errors="replace", **given)
        except subprocess.TimeoutExpired:
            raise CliError(f"sentry-cli {words[0]} took more than {RUN_SECONDS} s") from None
        except OSError as error:
            raise CliError(f"sentry-cli cannot be started: {error}") from None
        if done.returncode != 0:
            raise CliError(f"sentry-cli {words[0]} {words[1]}: {reason(done.stderr or done.stdout)}")


def reason(said: str) -> str:
    """Its error with the cause, without the advice that follows."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("error:", "Caused by", "sentry reported"))]
    causes = [lines[at + 1] for at, line in enumerate(lines[:-1]) if line.startswith("Caused by")]
    return " ".join([*told[:1], *causes[:1]])[:300] or (lines[-1] if lines else "it said nothing")[:300]
