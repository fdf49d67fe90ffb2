"""The switches of the casino's faults: the file that services read, and the log of the truth that Pitwatch never reads."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flag_hook
from flag_hook import Change
from places import CASINO, Data
from secret_values import write_atomically

SEED = CASINO / "flags.json"
OFF = "off"
MARKETS = ("de", "es", "pt", "se", "uk")


class FlagError(Exception):
    """A change that cannot be made, in words for who asked for it."""


@dataclass(frozen=True)
class Target:
    """Whom a variant is for. Without any part it is for everybody."""

    markets: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    # How many of a hundred users, chosen by a hash of flag and user.
    percent: int | None = None

    def rule(self, variant: str) -> dict[str, Any]:
        """JsonLogic as in CONTRACT.md: one of the two forms that services understand."""
        if self.percent is not None:
            return {"fractional": [[variant, self.percent], [OFF, 100 - self.percent]]}
        for name, values in (("market", self.markets), ("userId", self.users)):
            if values:
                return {"if": [{"in": [{"var": name}, list(values)]}, variant, OFF]}
        return {}

    def check(self) -> None:
        if sum((bool(self.markets), bool(self.users), self.percent is not None)) > 1:
            raise FlagError("a flag is for markets, for users, or for a part of all users; not for several of these")
        if unknown := set(self.markets) - set(MARKETS):
            raise FlagError(f"there is no market {', '.join(sorted(unknown))}; there are {', '.join(MARKETS)}")
        if self.percent is not None and not 0 <= self.percent <= 100:
            raise FlagError("a percentage is between 0 and 100")


@dataclass(frozen=True)
class Flag:
    """One switch as it is now."""

    name: str
    variants: tuple[str, ...]
    default: str
    targeting: dict[str, Any]

    @property
    def is_off(self) -> bool:
        return self.default == OFF and not self.targeting


class Flags:
    """The working copy of a demonstration. Several processes may change it: they take turns by a lock."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.path = data.flags
        self.truth = data.truth
        self.locked = data.folder / ".flags.lock"

    def seed(self) -> None:
        """Takes the flags of the repository where there are none yet, and adds those that came since."""
        with self._turn():
            seed = read(SEED)
            flags = {name: seed[name] for name in seed}
            if self.path.exists():
                known = read(self.path)
                flags = {name: known.get(name, seed[name]) for name in seed}
            self._write(flags)
            if not self.truth.exists():
                for name, flag in flags.items():
                    if flag["defaultVariant"] != OFF:
                        self._tell(name, flag["defaultVariant"], flag.get("targeting") or {}, "seed")

    def list(self) -> list[Flag]:
        return [parse(name, flag) for name, flag in read(self.path).items()]

    def set(self, name: str, variant: str, target: Target = Target(), by: str = "cli") -> Flag:
        """Switches a flag. With a target it is `variant` for these, and off for all others."""
        target.check()
        with self._turn():
            flags = read(self.path)
            if name not in flags:
                raise FlagError(f"there is no flag {name}")
            flag = flags[name]
            if variant not in flag["variants"]:
                raise FlagError(f"{name} has no variant {variant}; it has {', '.join(flag['variants'])}")
            rule = target.rule(variant)
            flag["defaultVariant"] = OFF if rule else variant
            flag["targeting"] = rule
            self._write(flags)
            self._tell(name, variant, rule, by)
        flag_hook.tell(self.data, [Change("updated", name, by)])
        return parse(name, flag)

    def reset(self, by: str = "cli") -> list[Flag]:
        """Back to the flags of the repository. Returns those that changed."""
        changed = []
        with self._turn():
            seed, flags = read(SEED), read(self.path)
            self._write(seed)
            for name, flag in seed.items():
                before = flags.get(name, {})
                rule = flag.get("targeting") or {}
                if (before.get("defaultVariant"), before.get("targeting") or {}) != (flag["defaultVariant"], rule):
                    self._tell(name, flag["defaultVariant"], rule, by)
                    changed.append(parse(name, flag))
        flag_hook.tell(self.data, [Change("updated", flag.name, by) for flag in changed])
        return changed

    def introduce(self) -> None:
        """Tells Pitwatch of the flags that were on before it listened."""
        flag_hook.tell(self.data, [Change("created", flag.name, "seed") for flag in self.list() if not flag.is_off])

    def _write(self, flags: dict[str, Any]) -> None:
        write_atomically(self.path, json.dumps({"flags": flags}, indent=2) + "\n")

    def _tell(self, name: str, variant: str, rule: dict[str, Any], by: str) -> None:
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"time": time, "flag": name, "variant": variant, "target": rule or None, "by": by}
        with open(self.truth, "a") as file:
            file.write(json.dumps(line) + "\n")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with open(self.locked, "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())["flags"]


def parse(name: str, flag: dict[str, Any]) -> Flag:
    return Flag(name, tuple(flag["variants"]), flag["defaultVariant"], flag.get("targeting") or {})
