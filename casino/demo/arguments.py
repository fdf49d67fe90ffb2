"""What can be said on the command line: `make demo ARGS="--without-load"`."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass

RABBITMQ = "rabbitmq"
BUS_HELP = "another bus than a Kafka of its own: rabbitmq starts one, an address such as amqp://127.0.0.1:5672 is yours"


@dataclass(frozen=True)
class Options:
    """One demonstration's choices."""

    without_load: bool
    rate: float
    seconds: float | None
    browsers: int
    payment_canary: bool
    leave_out: list[str]
    without_sdks: bool
    traces_rate: float
    profiles_rate: float
    build_only: bool
    only_infrastructure: bool
    bus: str
    documents: str
    seed: str

    @property
    def with_kafka(self) -> bool:
        return not self.bus

    @property
    def with_rabbitmq(self) -> bool:
        """One of the demonstration's own, as opposed to somebody's address."""
        return self.bus == RABBITMQ


def parse(given: list[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(prog="make demo", description="Pitwatch and the casino, on this machine.")
    parser.add_argument("--without-load", action="store_true", help="nobody plays but you")
    parser.add_argument("--rate", type=positive, default=2.0, help="requests a second of the load (default: 2)")
    parser.add_argument("--for", dest="seconds", type=positive, help="the load ends after so many seconds")
    parser.add_argument(
        "--browsers", type=browsers, default=0, help="headless browsers that play, too (half a gigabyte for two, at most 8)"
    )
    parser.add_argument("--payment-canary", action="store_true", help="payment@1.5.0 runs from the beginning")
    parser.add_argument("--leave-out", type=names, default=[], help="services, with commas between, that you run yourself")
    parser.add_argument("--without-sdks", action="store_true", help="services report nothing")
    parser.add_argument("--traces-rate", type=share, default=1.0, help="part of traces that SDKs send (default: 1)")
    parser.add_argument("--profiles-rate", type=share, default=1.0, help="part of traces that are profiled (default: 1)")
    parser.add_argument("--build-only", action="store_true", help="build what is missing and end")
    parser.add_argument("--only-infrastructure", action="store_true", help="Pitwatch, databases and bus, no service")
    parser.add_argument("--bus", default=os.environ.get("CASINO_BUS", ""), help=BUS_HELP)
    parser.add_argument("--documents", default=os.environ.get("CASINO_DOCUMENTS", ""), help="another store of documents")
    parser.add_argument("--seed", default="", help="a number that makes draws repeat")
    return Options(**vars(parser.parse_args(given)))


def names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def browsers(text: str) -> int:
    count = int(text)
    if not 0 <= count <= 8:
        raise argparse.ArgumentTypeError("must be between 0 and 8")
    return count


def positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must be between 0 and 1")
    return value
