"""Whom alerts are sent to: a mail server, and servers that remember what they were asked."""

from __future__ import annotations

import email
import email.policy
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from server import free_port


@dataclass
class Call:
    """One request that a peer got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


Reply = tuple[int, dict[str, str], bytes]


def fine(_: Call) -> Reply:
    return 200, {}, b"ok"


@dataclass
class Peer:
    """An HTTP server that remembers; `answer` may be changed while it runs."""

    url: str
    calls: list[Call] = field(default_factory=list)
    answer: Callable[[Call], Reply] = fine


@contextmanager
def peer(answer: Callable[[Call], Reply] = fine) -> Iterator[Peer]:
    """Listens on loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            call = Call(self.command, self.path, headers, self.rfile.read(length))
            known.calls.append(call)
            status, more, body = known.answer(call)
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                pass  # the other side had enough

        do_GET = do_POST = handle_one

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as host:
        host.daemon_threads = True
        known = Peer(f"http://127.0.0.1:{host.server_port}", answer=answer)
        threading.Thread(target=host.serve_forever, daemon=True).start()
        yield known
        host.shutdown()


class Mailbox:
    """What a mail server took."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append((envelope.rcpt_tos, mail))
        return "250 taken"


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, dict[str, str]]]:
    """A mail server, and the settings that name it."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        settings = {
            "smtp_host": "127.0.0.1",
            "smtp_port": str(controller.port),
            "smtp_security": "plain",
            "smtp_from": "Pitwatch <alerts@pitwatch.example>",
        }
        yield mailbox, settings
    finally:
        controller.stop()
