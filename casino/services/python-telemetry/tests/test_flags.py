"""Flags: which variant wins, and that a file in the making does no harm."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path
from typing import Any

import pytest

from casino_telemetry import caller
from casino_telemetry.flags import Flags, override, target

VARIANTS = {"off": 0, "10%": 0.1, "on": True}


def flags(path: Path, **flag: Any) -> Flags:  # noqa: ANN401
    """One flag in a file."""
    file = path / "flags.json"
    whole = {"state": "ENABLED", "variants": VARIANTS, "defaultVariant": "off", "targeting": {}} | flag
    file.write_text(json.dumps({"flags": {"fault": whole}}))
    return Flags(file, "engine@1.4.0")


def asked(read: Flags, **who: str) -> Any:  # noqa: ANN401
    """The value for a caller."""
    caller.enter_quietly(caller.Caller(**who))
    return read.value("fault", "none")


def test_the_request_wins_over_targeting_and_targeting_over_the_default(tmp_path: Path) -> None:
    rule = {"if": [{"in": [{"var": "market"}, ["de", "es"]]}, "on", "10%"]}
    read = flags(tmp_path, targeting=rule)
    assert asked(read, market="de") is True
    assert asked(read, market="uk") == 0.1
    assert asked(read, market="de", fault="fault=off") == 0
    assert asked(read, market="de", fault="other=off, fault=10%") == 0.1
    assert asked(read, market="de", fault="fault=nonsense") is True
    assert asked(flags(tmp_path, defaultVariant="10%")) == 0.1
    assert asked(flags(tmp_path, state="DISABLED", defaultVariant="on")) == "none"
    assert asked(Flags(None)) == "none"


def test_other_rules_mean_the_default(tmp_path: Path) -> None:
    for rule in (
        {"if": [{"==": [1, 1]}, "on", "on"]},
        {"if": []},
        {"fractional": "x"},
        {"fractional": []},
        [1],
        {"var": "market"},
    ):
        assert asked(flags(tmp_path, targeting=rule), market="de", player="p-1") == 0
    assert asked(flags(tmp_path, targeting={"if": [{"in": [{"var": "release"}, ["engine@1.4.0"]]}, "on", "off"]})) is True


def test_shares_are_by_name_and_player(tmp_path: Path) -> None:
    read = flags(tmp_path, targeting={"fractional": [["on", 10], ["off", 90]]})
    for number in range(200):
        player = f"p-{number:06}"
        assert asked(read, player=player) == (True if zlib.crc32(f"fault{player}".encode()) % 100 < 10 else 0)
    about = {"market": "", "release": "", "userId": "p-1"}
    assert target("fault", {"fractional": [["on", 0], ["off", 1]]}, about) == "off"


def test_a_changed_file_is_read_and_a_broken_one_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("casino_telemetry.flags.time.monotonic", lambda: now)
    read = flags(tmp_path, defaultVariant="on")
    assert asked(read) is True
    flags(tmp_path, defaultVariant="10%")
    assert asked(read) is True, "looked at within the second"
    now += 1.1
    assert asked(read) == 0.1
    (tmp_path / "flags.json").write_text('{"flags": {"fault"')
    now += 1.1
    assert asked(read) == 0.1
    os.unlink(tmp_path / "flags.json")
    now += 1.1
    assert asked(read) == 0.1


def test_override() -> None:
    assert override("a=b", "a") == "b"
    assert override("aa=b", "a") == override("", "a") == override("a", "a") == ""
