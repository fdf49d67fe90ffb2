"""What a scenario is made of: named checks that pass, fail, or wait for a part of Pitwatch that is not there yet."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flag_file import Flags
from pitwatch_client import Client
from places import Data
from state import State


class Pending(Exception):
    """A check that cannot be made before some part of Pitwatch is there. It says which."""


@dataclass
class World:
    """What checks share: the two sides, and what earlier checks found out."""

    state: State
    data: Data
    pitwatch: Client
    flags: Flags
    found: dict[str, Any] = field(default_factory=dict)

    def needs(self, name: str) -> Any:
        """What an earlier check found. Without it this one has nothing to look at."""
        assert name in self.found, f"there is no {name}, because an earlier check failed"
        return self.found[name]


@dataclass(frozen=True)
class Check:
    """One line of the result. What `run` returns is said beside it."""

    name: str
    run: Callable[[World], str]


@dataclass
class Results:
    """How many of each."""

    passed: int = 0
    failed: int = 0
    pending: int = 0


def run_all(title: str, checks: list[Check], world: World, results: Results) -> None:
    print(f"\n{title}", flush=True)
    for check in checks:
        started = time.monotonic()
        try:
            detail, word = check.run(world), "ok"
            results.passed += 1
        except Pending as pending:
            detail, word = str(pending), "pending"
            results.pending += 1
        # A broken check must not hide the results of all others, whatever broke it.
        except Exception as error:
            kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
            detail, word = f"{kind}{error}", "FAIL"
            results.failed += 1
        print(f"  {word:8}{check.name}: {detail} ({time.monotonic() - started:.1f} s)", flush=True)
