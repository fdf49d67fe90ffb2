"""Redis, for sessions and hot data."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import ports
from programs import Program
from say import Stop

URL = f"redis://{ports.HOST}:{ports.REDIS}/0"


def prepare(data: Path) -> Program:
    server = shutil.which("redis-server") or shutil.which("valkey-server")
    if server is None:
        raise Stop("Redis is not installed: apt-get install redis-server")
    folder = data / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "bind": ports.HOST,
        "port": str(ports.REDIS),
        "dir": str(folder),
        "save": "60 1",
        "maxmemory": "64mb",
        "maxmemory-policy": "allkeys-lru",
        "daemonize": "no",
    }
    return Program(
        name="redis",
        command=[server, *(part for name, value in options.items() for part in (f"--{name}", value))],
        ready=answers_ping,
        port=ports.REDIS,
        folder=folder,
    )


def answers_ping() -> bool:
    with socket.create_connection((ports.HOST, ports.REDIS), timeout=1) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(64).startswith(b"+PONG")
