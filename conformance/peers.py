"""Whom alerts are sent to: a mail server, and servers that remember what they were asked."""

from __future__ import annotations

import email
import email.policy
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

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
    """What a mail server took, and whether it was said in private."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self.private: list[bool] = []

    async def handle_DATA(self, server: Any, _session: object, envelope: Any) -> str:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append((envelope.rcpt_tos, mail))
        self.private.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 taken"


class MailHost(Controller):
    """Does not speak TLS to itself with its own side of it to see whether it runs, as its parent does."""

    def _trigger_server(self) -> None:
        socket.create_connection((self.hostname, self.port), 5).close()


LOGIN = ("pitwatch", "s3cret of the mail server")


def knows(_server: object, _session: object, _envelope: object, _mechanism: str, said: Any) -> AuthResult:
    """Lets in who knows the one name and password."""
    is_known = (said.login.decode(), said.password.decode()) == LOGIN
    return AuthResult(success=is_known, handled=False)


@contextmanager
def mail_server(security: str = "plain", tls: ssl.SSLContext | None = None) -> Iterator[tuple[Mailbox, dict[str, str]]]:
    """A mail server, and the settings that name it. One that speaks TLS wants to know who sends, too."""
    mailbox = Mailbox()
    options: dict[str, Any] = {}
    if security != "plain":
        # A server that speaks nothing but TLS does not count that as having begun it.
        options = {"authenticator": knows, "auth_required": True, "auth_require_tls": security == "starttls"}
    if security == "starttls":
        options |= {"tls_context": tls, "require_starttls": True}
    over = tls if security == "tls" else None
    controller = MailHost(mailbox, hostname="127.0.0.1", port=free_port(), ssl_context=over, **options)
    controller.start()
    try:
        settings = {
            "smtp_host": "127.0.0.1",
            "smtp_port": str(controller.port),
            "smtp_security": security,
            "smtp_from": "Pitwatch <alerts@pitwatch.example>",
        }
        if security != "plain":
            settings |= {"smtp_user": LOGIN[0], "smtp_password": LOGIN[1]}
        yield mailbox, settings
    finally:
        controller.stop()
