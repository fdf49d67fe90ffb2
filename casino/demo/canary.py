"""The second release of payment: there while the flag `badCanary` is on, wherever it was switched."""

from __future__ import annotations

import history
import services
from flag_file import Flags
from pipeline import Pipeline
from say import Stop, say
from services import Setting
from supervisor import Supervisor

NAME = f"payment{history.NEXT}"


class Canary:
    """Looks at the flags as services do, by the file's time, and starts or stops the release."""

    def __init__(self, supervisor: Supervisor, setting: Setting, flags: Flags, delivery: Pipeline | None, always: bool) -> None:
        self.supervisor = supervisor
        self.setting = setting
        self.flags = flags
        self.delivery = delivery
        self.always = always
        self.seen = 0
        self.wanted = always

    def tend(self) -> None:
        time = self.flags.path.stat().st_mtime_ns
        if time != self.seen:
            self.seen = time
            try:
                self.wanted = self.always or any(flag.name == "badCanary" and not flag.is_off for flag in self.flags.list())
            except (OSError, ValueError, KeyError) as error:
                say(f"the flags cannot be read, so they stay as they are: {error}")
        is_there = NAME in self.supervisor.watched
        if self.wanted and not is_there:
            self._start()
        elif is_there and not self.wanted:
            self.supervisor.stop(NAME)
            say("payment@1.5.0 was stopped")

    def _start(self) -> None:
        say("payment@1.5.0 starts beside payment@1.4.0 and gets 10 % of the traffic")
        if self.delivery:
            self.delivery.deploy(NAME)
        try:
            self.supervisor.start([services.program(NAME, self.setting)])
        except Stop as error:
            # The rest of the casino goes on; the supervisor tries again.
            say(str(error))
