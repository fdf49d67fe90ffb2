#!/usr/bin/env python3
"""`make demo-kill`: kills each service during load. The others must answer clearly, no money may be lost, and the trace
must show where it stopped."""

from __future__ import annotations

import argparse
import os
import signal
import sys

import demonstration
from checks import Check, Results, World, run_all
from flag_file import Flags
from kill_load import Load
from kill_outage import OUTAGES, Outage, probe
from kill_traces import where_it_stopped
from pitwatch_client import Client
from say import Stop, refuse
from state import read, start_time
from waiting import wait_for
from wallet_checks import money_is_right

RESTART_SECONDS_MAX = 60


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo-kill", description=__doc__)
    parser.add_argument("--only", help="services, with commas between them")
    parser.add_argument("--fresh", action="store_true", help="with data of its own, which is deleted at the end")
    given = parser.parse_args()
    names = given.only.split(",") if given.only else list(OUTAGES)
    if unknown := set(names) - set(OUTAGES):
        return refuse(f"there is no service {', '.join(sorted(unknown))}; there are {', '.join(OUTAGES)}")
    results = Results()
    try:
        with demonstration.data(given.fresh) as data, demonstration.of(data, ["--without-load"]) as state:
            flags = Flags(data)
            # What is looked at is the outage; waiting five seconds for each spin would only take time.
            for name in ("providerSlow", "userBalanceMissingIndex", "paymentFailure"):
                flags.set(name, "off", by="kill")
            try:
                with Load() as load:
                    for name in names:
                        if name in state.left_out:
                            print(f"\n{name} is left out of this demonstration")
                            continue
                        world = World(state, data, Client.of(state), flags)
                        run_all(f"{name} is killed", checks_of(name, OUTAGES[name], load), world, results)
            finally:
                flags.reset(by="kill")
    except Stop as stop:
        return refuse(str(stop))
    print(f"\n{load.summary()}")
    print(f"{results.passed} passed, {results.failed} failed")
    return 1 if results.failed else 0


def checks_of(name: str, outage: Outage, load: Load) -> list[Check]:
    def killed(world: World) -> str:
        load.forget()
        # The session must be there before: who cannot log in cannot be told why a spin does not work.
        outage.prepare(world)
        pid = kill(world, name)
        answers = probe(outage, world)
        world.found["answers"] = answers
        world.found["killed"] = pid
        return f"process {pid}; {answers}"

    def clear(world: World) -> str:
        world.needs("killed")
        # Only the gateway itself can leave players without any answer.
        unclear = load.unclear(silence=name == "gateway")
        assert not unclear, f"{len(unclear)} answers of the load are not clear, such as {unclear[0]}"
        return load.summary()

    def again(world: World) -> str:
        world.needs("killed")
        wait_for(f"{name} runs again", lambda: is_new(world, name), RESTART_SECONDS_MAX)
        wait_for("everything works", lambda: outage.works(world), RESTART_SECONDS_MAX)
        return "and every request works"

    return [
        Check("answers while it is gone", killed),
        Check("the supervisor starts it again", again),
        Check("errors that players saw", clear),
        Check("no money is lost", lambda world: money_is_right()),
        *([Check("the trace shows where it stopped", where_it_stopped(name, outage))] if outage.trace_of else []),
    ]


def kill(world: World, name: str) -> int:
    """Exactly the process that the launcher started, as a power cut would."""
    known = read(world.data)
    assert known and name in known.processes, f"{name} does not run"
    pid, began = known.processes[name]
    assert start_time(pid) == began, f"process {pid} is not {name} any more"
    os.kill(pid, signal.SIGKILL)
    world.found["old"] = pid
    return pid


def is_new(world: World, name: str) -> bool:
    known = read(world.data)
    return bool(known and name in known.processes and known.processes[name][0] != world.found["old"])


if __name__ == "__main__":
    sys.exit(main())
