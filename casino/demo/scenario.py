#!/usr/bin/env python3
"""`make demo-scenario`: plays in a browser and checks what Pitwatch shows of it.

Uses the demonstration that runs, or starts one without load and stops it at the end.
"""

from __future__ import annotations

import argparse
import sys

import checks_alerts
import checks_crons
import checks_errors
import checks_flags
import checks_maps
import checks_memory
import checks_numbers
import checks_release
import checks_rtp
import checks_slow
import checks_spin
import demonstration
from checks import Results, World, run_all
from flag_file import Flags
from pitwatch_client import Client
from say import Stop, refuse

GROUPS = {
    # First: alerts that fire already, or did lately, would be part of what is told.
    "alerts": ("Faults that alerts tell of", checks_alerts.CHECKS),
    "spin": ("Scenario 1: why does a spin take five seconds?", checks_spin.CHECKS),
    "slow": ("What else is slow", checks_slow.CHECKS),
    "errors": ("Errors in every language", checks_errors.CHECKS),
    "maps": ("Minified scripts, readable stacks", checks_maps.CHECKS),
    "numbers": ("Numbers, players, flags", checks_numbers.CHECKS),
    "memory": ("Memory", checks_memory.CHECKS),
    "release": ("A release with a regression", checks_release.CHECKS),
    "flags": ("The flag that did it", checks_flags.CHECKS),
    "rtp": ("A game that pays back too little", checks_rtp.CHECKS),
    "crons": ("A job that stays away", checks_crons.CHECKS),
}

# Rare failures, thousands of spins, and a job that is due every other minute.
WAITING = ("release", "rtp", "crons")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo-scenario", description=__doc__)
    parser.add_argument("--only", help=f"groups of checks, with commas between them: {', '.join(GROUPS)}")
    parser.add_argument("--short", action="store_true", help="for CI: without the groups that wait for minutes")
    parser.add_argument("--fresh", action="store_true", help="with data of its own, which is deleted at the end")
    given = parser.parse_args()
    names = given.only.split(",") if given.only else [name for name in GROUPS if not (given.short and name in WAITING)]
    if unknown := set(names) - set(GROUPS):
        return refuse(f"there is no group {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    results = Results()
    try:
        with demonstration.data(given.fresh) as data, demonstration.of(data, ["--without-load"]) as state:
            flags = Flags(data)
            flags.reset(by="scenario")
            world = World(state, data, Client.of(state), flags)
            for name in names:
                title, checks = GROUPS[name]
                run_all(title, checks, world, results)
    except Stop as stop:
        return refuse(str(stop))
    print(f"\n{results.pending} pending")
    print(f"{results.passed} passed, {results.failed} failed")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
