"""What must still work, and what must say so, while one service is gone."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import casino_client
import ports
from casino_client import GATEWAY, Player
from checks import World
from kill_load import code_of
from web_requests import Answer, ask

ERROR_SECONDS_MAX = 10.5
PROVIDER_SECONDS_MAX = 30.5

Request = Callable[[Player], Answer]


def spin(player: Player) -> Answer:
    return player.spin()


def lobby(player: Player) -> Answer:
    return player.ask("/api/lobby")


def payments(player: Player) -> Answer:
    return player.ask("/api/payments?limit=1")


def summary(player: Player) -> Answer:
    return player.ask("/api/analytics/summary")


@dataclass(frozen=True)
class Outage:
    """Requests by what becomes of them."""

    fail: tuple[Request, ...]
    work: tuple[Request, ...]
    # The request whose trace is looked at, and the service that must have noticed.
    trace_of: Request | None = None
    noticed_by: str = ""
    seconds_max: float = ERROR_SECONDS_MAX

    def prepare(self, world: World) -> None:
        world.found["player"] = casino_client.enter()

    def works(self, world: World) -> bool:
        """Everybody can do everything again."""
        player: Player = world.found["player"]
        try:
            return all(request(player).status in (200, 402) for request in (spin, lobby, payments, summary))
        except OSError:
            return False


OUTAGES = {
    "notification": Outage(fail=(), work=(spin, lobby, payments)),
    "analytics": Outage(fail=(summary,), work=(spin, lobby), trace_of=summary, noticed_by="gateway"),
    "provider": Outage(
        fail=(spin,), work=(lobby, payments), trace_of=spin, noticed_by="payment", seconds_max=PROVIDER_SECONDS_MAX
    ),
    "payment": Outage(fail=(spin, payments), work=(lobby,), trace_of=spin, noticed_by="engine"),
    "engine": Outage(fail=(spin,), work=(lobby, payments), trace_of=spin, noticed_by="gateway"),
    "wallet": Outage(fail=(spin,), work=(payments,), trace_of=spin),
    "user": Outage(fail=(spin, lobby), work=(payments,), trace_of=spin, noticed_by="gateway"),
    # Nobody is left to answer players; the services behind it go on.
    "gateway": Outage(fail=(), work=()),
}


def probe(outage: Outage, world: World) -> str:
    """Asks while it is gone. What must fail is asked first, for it will soon be back."""
    player: Player = world.found["player"]
    said = []
    for request in outage.fail:
        trace = secrets.token_hex(16)
        answer, seconds = timed(traced(request, player, trace))
        if request is outage.trace_of:
            world.found["outage trace"] = trace
        name = request.__name__
        assert answer.status >= 500, f"{name} answers {answer.status} although it cannot work: {answer.body[:200]!r}"
        assert code_of(answer), f"{name} answers {answer.status} without saying why: {answer.body[:200]!r}"
        assert seconds <= outage.seconds_max, f"{name} took {seconds:.1f} s to say that it does not work"
        said.append(f"{name} {answer.status} {code_of(answer)} after {seconds:.1f} s")
    for request in outage.work:
        answer, seconds = timed(lambda request=request: request(player))
        assert answer.status == 200, f"{request.__name__} answers {answer.status}: {answer.body[:200]!r}"
        said.append(f"{request.__name__} works")
    if not outage.fail and not outage.work:
        said.append(behind_the_gateway())
    return ", ".join(said)


def traced(request: Request, player: Player, trace: str) -> Callable[[], Answer]:
    """The request as part of a trace whose id is known."""
    known = Player(player.id, player.name, player.token, player.currency, player.fault, trace)
    return lambda: request(known)


def timed(request: Callable[[], Answer]) -> tuple[Answer, float]:
    began = time.monotonic()
    return request(), time.monotonic() - began


def behind_the_gateway() -> str:
    behind = {"user": ports.USER, "wallet": ports.WALLET, "engine": ports.ENGINE, "payment": ports.PAYMENT}
    ill = [name for name, port in behind.items() if ask(f"http://{ports.HOST}:{port}/health").status != 200]
    assert not ill, f"{', '.join(ill)} do not work while {GATEWAY} is gone"
    return f"{', '.join(behind)} are well"
