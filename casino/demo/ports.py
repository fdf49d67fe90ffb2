"""Who listens where. CONTRACT.md has the same table; everything is on loopback."""

from __future__ import annotations

import socket

HOST = "127.0.0.1"

GATEWAY = 4200
USER = 4201
WALLET = 4202
ENGINE = 4203
PAYMENT = 4204
ANALYTICS = 4205
NOTIFICATION = 4206
PROVIDER = 4207
SWITCHES = 4208
# Where the same server takes what alerts tell.
MESSAGES_PATH = "/messages"
# The second release of payment, which is there while `badCanary` is on.
PAYMENT_CANARY = 4214
MONGODB = 4217
POSTGRES = 4232
RABBITMQ = 4272
RABBITMQ_NAMES = 4273
RABBITMQ_NODES = 4274
REDIS = 4279
OBJECTS = 4290
KAFKA_CONTROLLER = 4291
KAFKA = 4292
PITWATCH = 8000
PITWATCH_LAST = 8020


def is_free(port: int) -> bool:
    """Whether a server can listen there now. A listener's old connections in TIME_WAIT do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether somebody accepts connections there."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def first_free(first: int, last: int) -> int | None:
    return next((port for port in range(first, last + 1) if is_free(port)), None)
