"""What tests of the engine share: numbers in a row, a payment service that keeps books, a database of their own."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from tornado.escape import json_decode
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler


class Row:
    """Numbers that are given one after the other, each checked against its range."""

    def __init__(self, *numbers: int) -> None:
        self.left = list(numbers)

    def below(self, n: int) -> int:
        """The next one."""
        number = self.left.pop(0)
        assert 0 <= number < n
        return number


class Books:
    """What the payment service knows: every stake, payout and rollback once, and how it misbehaves next."""

    def __init__(self) -> None:
        self.done: dict[tuple[str, str], int] = {}
        self.blocked: set[str] = set()
        self.balance = 10_000
        self.fail: list[str] = []
        self.headers: list[dict[str, str]] = []

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and answer."""
        request, amount = body["request_uuid"], body["amount_minor"]
        if path == "/rollbacks":
            if ("/rollbacks", request) not in self.done:
                self.done[path, request] = amount
                self.blocked.add(request)
                if ("/stakes", request) in self.done:
                    self.balance += amount
        elif request in self.blocked:
            return 402, {"error": {"code": "payment_failed", "message": "the stake was taken back", "reason": "reversed"}}
        elif (path, request) not in self.done:
            if path == "/stakes" and self.balance < amount:
                return 402, {"error": {"code": "payment_failed", "message": "too little money", "reason": "insufficient_funds"}}
            self.done[path, request] = amount
            self.balance += -amount if path == "/stakes" else amount
        return 200, {"balance_minor": self.balance}

    def total(self, path: str) -> int:
        """Of all that was done there."""
        return sum(amount for (where, _), amount in self.done.items() if where == path)


class Till(RequestHandler):
    """`/stakes`, `/payouts`, `/rollbacks`."""

    def initialize(self, books: Books) -> None:
        """Keeps the books."""
        self.books = books

    async def post(self, path: str) -> None:
        """`before` and `after` lose the answer before or after the work; a number is an answer without work."""
        books = self.books
        books.headers.append(dict(self.request.headers.get_all()))
        fault = next((fault for fault in books.fail if fault.startswith(path)), "")
        if fault:
            books.fail.remove(fault)
        kind = fault.rpartition(" ")[2]
        if kind.isdigit():
            self.set_status(int(kind))
            return
        if kind != "before":
            status, answer = books.post(path, json_decode(self.request.body))
        if kind in ("before", "after"):
            self.request.connection.stream.close()
            return
        self.set_status(status)
        self.write(answer)


def payment(books: Books) -> tuple[HTTPServer, str]:
    """A payment service on a free port, and its address."""
    sockets = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(Application([(r"(/stakes|/payouts|/rollbacks)", Till, {"books": books})], log_function=lambda _: None))
    server.add_sockets(sockets)
    return server, f"http://127.0.0.1:{sockets[0].getsockname()[1]}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A database of this test run on the server of `CASINO_POSTGRES`."""
    server = os.environ.get("CASINO_POSTGRES", "")
    if not server:
        pytest.skip("CASINO_POSTGRES names no server")
    name = f"engine_test_{secrets.token_hex(4)}"
    asyncio.run(execute(server, f"CREATE DATABASE {name}"))
    yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    asyncio.run(execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


async def execute(url: str, statement: str) -> None:
    """One statement outside of a transaction."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
