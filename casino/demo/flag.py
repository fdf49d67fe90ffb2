#!/usr/bin/env python3
"""Switches the casino's faults from a shell: `flag.py list`, `flag.py set NAME VARIANT`, `flag.py reset`."""

from __future__ import annotations

import argparse
import json
import sys

from flag_file import Flag, FlagError, Flags, Target
from places import Data


def main() -> int:
    given = arguments()
    flags = Flags(Data.of_environment())
    if not flags.path.exists():
        print(f"flag: there are no flags at {flags.path}; start the demonstration first", file=sys.stderr)
        return 1
    try:
        if given.command == "list":
            shown = flags.list()
        elif given.command == "reset":
            shown = flags.reset()
        else:
            target = Target(names(given.market), names(given.user), given.percent)
            shown = [flags.set(given.name, given.variant, target)]
    except FlagError as error:
        print(f"flag: {error}", file=sys.stderr)
        return 1
    for flag in shown:
        print(line(flag))
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="flag.py", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="all flags, what they are and what they could be")
    commands.add_parser("reset", help="all flags as they come with the repository")
    change = commands.add_parser("set", help="switch one; services notice within a second")
    change.add_argument("name")
    change.add_argument("variant")
    change.add_argument("--market", help="only for these markets, such as de,es")
    change.add_argument("--user", help="only for these players, such as p-000123")
    change.add_argument("--percent", type=int, help="only for so many of a hundred players")
    return parser.parse_args()


def names(text: str | None) -> tuple[str, ...]:
    return tuple(filter(None, (text or "").split(",")))


def line(flag: Flag) -> str:
    rule = f"  {json.dumps(flag.targeting)}" if flag.targeting else ""
    return f"{flag.name:26} {flag.default:8} ({', '.join(flag.variants)}){rule}"


if __name__ == "__main__":
    sys.exit(main())
