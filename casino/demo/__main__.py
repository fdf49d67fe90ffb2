#!/usr/bin/env python3
"""`make demo`: builds and starts Pitwatch and the casino, says where they are, and stops everything on Ctrl-C."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import threading
from http.server import ThreadingHTTPServer

import alert_channel
import arguments
import browser
import building
import canary
import documents
import flag_file
import flag_hook
import kafka
import keyvalues
import objects
import pipeline
import pitwatch
import ports
import postgres
import rabbitmq
import secret_values
import services
import state
import steps
import switches
import toolchains
from alert_messages import Messages
from arguments import Options
from places import SERVICES, Data
from say import Stop, refuse, say, warn
from supervisor import Supervisor

TEND_EVERY_SECONDS = 0.25


class Demonstration:
    """One run, from checks to the last line."""

    def __init__(self, options: Options, data: Data) -> None:
        self.options = options
        self.data = data
        self.asked_to_stop = threading.Event()
        self.supervisor = Supervisor(data.logs, self._write_state)
        self.supervisor.stopping = self.asked_to_stop
        self.state = state.State(launcher=os.getpid(), casino=f"http://localhost:{ports.GATEWAY}")
        self.page: ThreadingHTTPServer | None = None
        self.canary: canary.Canary | None = None

    def run(self) -> None:
        found = toolchains.check(
            with_kafka=self.options.with_kafka,
            with_notification="notification" not in self.options.leave_out,
            with_rabbitmq=self.options.with_rabbitmq,
        )
        building.build(steps.infrastructure(self.options.with_kafka), self.data.logs)
        if not self.options.only_infrastructure:
            building.build(steps.casino(found), self.data.logs)
        if self.options.build_only:
            say("everything is built")
            return
        state.end_leftovers(self.data)
        check_ports(self.options)
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGTERM, self._stop)
        try:
            self._start(found)
            self._tend()
        finally:
            self._end()

    def _start(self, found: toolchains.Found) -> None:
        secrets = secret_values.load(self.data.secrets, list(pitwatch.PROJECTS))
        flags = flag_file.Flags(self.data)
        flags.seed()
        self._write_state()
        watcher, watcher_program = pitwatch.prepare(self.data.folder, secrets)
        mongodb = documents.prepare(self.data.folder) if not self.options.documents else None
        infrastructure = [
            watcher_program,
            postgres.prepare(self.data.folder),
            keyvalues.prepare(self.data.folder),
            objects.prepare(self.data.folder),
        ]
        if self.options.with_kafka:
            infrastructure.append(kafka.prepare(self.data.folder, found.java))
        if self.options.with_rabbitmq:
            names, broker = rabbitmq.prepare(self.data.folder)
            # A node that finds no names starts a service of its own for them, which stays when all has ended.
            self.supervisor.start([names])
            infrastructure.append(broker)
        if mongodb:
            infrastructure.append(mongodb)
        reports = not (self.options.without_sdks or self.options.only_infrastructure)
        delivery = pipeline.Pipeline(self.data.folder, watcher) if reports else None
        telling = delivery.start() if delivery else None
        self.supervisor.start(infrastructure)
        if delivery and telling:
            telling.join()
            self._tell_flags(flags, watcher, delivery)
            alert_channel.register(watcher, f"http://{ports.HOST}:{ports.SWITCHES}{ports.MESSAGES_PATH}")
        setting = services.Setting(
            data=self.data,
            secrets=secrets,
            bus=bus_of(self.options),
            documents=self.options.documents or (documents.URL if mongodb else postgres.URL),
            pitwatch=None if self.options.without_sdks else watcher,
            traces_rate=self.options.traces_rate,
            profiles_rate=self.options.profiles_rate,
            seed=self.options.seed,
        )
        self.page = switches.serve(flags, messages=Messages(self.data.messages, secrets.alert_secret))
        self.canary = canary.Canary(self.supervisor, setting, flags, delivery, self.options.payment_canary)
        left_out = self._left_out(found)
        for row in () if self.options.only_infrastructure else services.ORDER:
            self.supervisor.start([services.program(name, setting) for name in row if name not in left_out])
        for name in services.missing_pages():
            warn(f"the page {name} is not there")
        if not (self.options.without_load or self.options.only_infrastructure):
            self.supervisor.start([services.load(setting, self.options.rate, self.options.seconds)])
        if self.options.browsers and not self.options.only_infrastructure:
            self.supervisor.start([browser.visitors(self.state.casino, self.options.browsers)])
        self.state = dataclasses.replace(
            self.state,
            ready=True,
            pitwatch=watcher.url,
            organization=pitwatch.ORGANIZATION,
            email=secrets.email,
            password=secrets.password,
            token=secrets.token,
            left_out=left_out,
        )
        self._write_state()
        print(welcome(self.state), flush=True)

    def _tell_flags(self, flags: flag_file.Flags, watcher: pitwatch.Pitwatch, delivery: pipeline.Pipeline) -> None:
        """From here on each change of a flag is told to Pitwatch, whoever makes it."""
        self.state.pitwatch, self.state.organization = watcher.url, pitwatch.ORGANIZATION
        self.state.flag_secret = flag_hook.register(watcher)
        self._write_state()
        if self.state.flag_secret and not delivery.told.flags:
            flags.introduce()
            delivery.note(lambda told: setattr(told, "flags", True))

    def _left_out(self, found: toolchains.Found) -> list[str]:
        there = {name: (SERVICES / name).exists() for row in services.ORDER for name in row}
        left_out = [name for name, is_there in there.items() if not is_there or name in self.options.leave_out]
        if found.go is None and "notification" not in left_out:
            left_out.append("notification")
        for name in left_out:
            warn(f"{name} is left out; the rest runs")
        return left_out

    def _tend(self) -> None:
        while not self.asked_to_stop.wait(TEND_EVERY_SECONDS):
            self.supervisor.tend()
            if self.canary and not self.options.only_infrastructure:
                self.canary.tend()

    def _end(self) -> None:
        # A second Ctrl-C must not leave half of it behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        say("stopping")
        if self.page:
            self.page.shutdown()
            self.page.server_close()
        self.supervisor.stop_all()
        self.state.ready = False
        self._write_state()
        say(f"everything has stopped; the data is in {self.data.folder}")

    def _stop(self, *_: object) -> None:
        self.asked_to_stop.set()

    def _write_state(self) -> None:
        began = {name: (pid, state.start_time(pid)) for name, pid in self.supervisor.pids().items()}
        self.state.processes = {name: (pid, time) for name, (pid, time) in began.items() if time is not None}
        self.state.write(self.data)


def bus_of(options: Options) -> str:
    """Where the services find it."""
    return rabbitmq.URL if options.with_rabbitmq else options.bus or kafka.URL


def check_ports(options: Options) -> None:
    """Says all that is taken at once."""
    wanted = {name: port for name, port in services.PORTS.items()}
    wanted |= {"switches": ports.SWITCHES, "postgresql": ports.POSTGRES, "redis": ports.REDIS, "objects": ports.OBJECTS}
    if options.with_kafka:
        wanted |= {"kafka": ports.KAFKA, "kafka's controller": ports.KAFKA_CONTROLLER}
    if options.with_rabbitmq:
        wanted |= {"rabbitmq": ports.RABBITMQ, "rabbitmq's names": ports.RABBITMQ_NAMES, "its node": ports.RABBITMQ_NODES}
    taken = [f"{port} ({name})" for name, port in wanted.items() if not ports.is_free(port)]
    if taken:
        raise Stop(f"other programs listen on ports that the casino needs: {', '.join(taken)}")


def welcome(known: state.State) -> str:
    return f"""
  Casino     {known.casino}            play money; admin at {known.casino}/admin/
  Pitwatch   {known.pitwatch}            log in as {known.email} with {known.password}
  Faults     http://localhost:{ports.SWITCHES}            or: python3 casino/demo/flag.py list
  Alerts     http://localhost:{ports.SWITCHES}{ports.MESSAGES_PATH}   what Pitwatch told of them

  Try: open the casino, enter Moon Orchard, its slot machine, and spin four times. Each spin takes 3 to 6 seconds.
  Why? In Pitwatch open Traces, search for slot-machine-spin and open the newest; it is there 20 seconds after
  the last spin. Browser, gateway, user, engine and payment are in it: one query took 500 ms, the provider the rest.
  One spin in ten fails: Issues has it as one PaymentError of payment, with the player and the trace.

  Switch the fault badCanary on: a bad release of payment comes, and Releases shows what it broke, and by which commit.

  Ctrl-C stops everything. The data stays for the next time.
"""


def main() -> int:
    data = Data.of_environment()
    try:
        options = arguments.parse()
        data.prepare()
        with state.lock(data):
            Demonstration(options, data).run()
    except Stop as stop:
        return refuse(str(stop))
    except KeyboardInterrupt:
        return refuse("interrupted")
    return 0


if __name__ == "__main__":
    sys.exit(main())
