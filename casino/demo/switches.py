"""The page of switches: plain HTML with a form per flag. It changes the same file as `flag.py`.

Beside it, the page of what alerts told, and the address that takes it.
"""

from __future__ import annotations

import json
import threading
import urllib.parse
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import alert_messages
import alert_messages_page
import ports
import source_page
from alert_messages import Messages, NotOurs
from flag_file import FlagError, Flags, Target
from switches_page import page

BODY_BYTES_MAX = 4096


class Handler(BaseHTTPRequestHandler):
    """The page, its form, whether it works, and the lines that stack traces link to."""

    server_version = "switches"
    sys_version = ""
    timeout = 10
    flags: Flags
    # None where nobody set up that alerts are told here.
    messages: Messages | None = None
    # What browsers of this machine call the page; anything else is another site that found a way here.
    hosts: frozenset[str]

    def do_GET(self) -> None:
        if self.headers.get("host") not in self.hosts:
            self._text(HTTPStatus.MISDIRECTED_REQUEST, "this page is for this machine only")
        elif self.path == "/health":
            self._answer(HTTPStatus.OK, "application/json", json.dumps({"status": "ok", "service": "switches"}))
        elif self.path.partition("?")[0] == "/":
            said = urllib.parse.parse_qs(self.path.partition("?")[2]).get("said", [""])[0]
            self._answer(
                HTTPStatus.OK, "text/html; charset=utf-8", page(self.flags.list(), said[:200], self.messages is not None)
            )
        elif self.messages and self.path == ports.MESSAGES_PATH:
            self._answer(HTTPStatus.OK, "text/html; charset=utf-8", alert_messages_page.page(self.messages.all()))
        elif shown := source_page.page(self.flags.data.folder, urllib.parse.unquote(self.path.partition("?")[0])):
            self._answer(HTTPStatus.OK, "text/html; charset=utf-8", shown)
        else:
            self._text(HTTPStatus.NOT_FOUND, "there is nothing here")

    def do_POST(self) -> None:
        if self.messages and self.path == ports.MESSAGES_PATH:
            self._take(self.messages)
            return
        if not self._is_ours():
            self._text(HTTPStatus.FORBIDDEN, "this form is sent by its own page only")
            return
        form = self._form()
        if form is None:
            self._text(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the form is too large")
            return
        try:
            said = self._change(form)
        except FlagError as error:
            self._text(HTTPStatus.BAD_REQUEST, str(error))
            return
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("location", f"/?{urllib.parse.urlencode({'said': said})}")
        self.send_header("content-length", "0")
        self.end_headers()

    def _change(self, form: dict[str, str]) -> str:
        if self.path == "/reset":
            return f"{len(self.flags.reset(by='page'))} flags were set back"
        if self.path == "/set":
            market = form.get("market", "")
            target = Target(markets=(market,) if market else ())
            flag = self.flags.set(form.get("name", ""), form.get("variant", ""), target, by="page")
            return f"{flag.name} is {form['variant']}{f' for {market}' if market else ''}"
        raise FlagError("there is no such form")

    def _take(self, messages: Messages) -> None:
        """Whoever signed it is Pitwatch, wherever it comes from."""
        body = self._body(alert_messages.BODY_BYTES_MAX)
        if body is None:
            self._text(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the message is too large")
            return
        try:
            messages.take({name.lower(): value for name, value in self.headers.items()}, body)
        except NotOurs as error:
            self._text(HTTPStatus.FORBIDDEN, str(error))
        except ValueError as error:
            self._text(HTTPStatus.BAD_REQUEST, str(error))
        else:
            self._text(HTTPStatus.OK, "taken")

    def _is_ours(self) -> bool:
        """Browsers say where a form comes from; a page of another site must not switch anything. Shells say nothing."""
        site, origin = self.headers.get("sec-fetch-site"), self.headers.get("origin")
        ours = self.headers.get("host") in self.hosts
        return ours and site in (None, "same-origin", "none") and (origin is None or origin.removeprefix("http://") in self.hosts)

    def _form(self) -> dict[str, str] | None:
        body = self._body(BODY_BYTES_MAX)
        if body is None:
            return None
        return {name: values[0] for name, values in urllib.parse.parse_qs(body.decode(errors="replace")).items()}

    def _body(self, bytes_max: int) -> bytes | None:
        length = self.headers.get("content-length") or "0"
        if not length.isdigit() or int(length) > bytes_max:
            self.close_connection = True
            return None
        return self.rfile.read(int(length))

    def _text(self, status: HTTPStatus, text: str) -> None:
        self._answer(status, "text/plain; charset=utf-8", text + "\n")

    def _answer(self, status: HTTPStatus, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "no-store")
        self.send_header("x-content-type-options", "nosniff")
        self.send_header(
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        )
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Changes are in the ground-truth log; requests interest nobody."""


def serve(
    flags: Flags, host: str = ports.HOST, port: int = ports.SWITCHES, messages: Messages | None = None
) -> ThreadingHTTPServer:
    """Starts the page in a thread of the launcher. Returns what stops it."""
    server = ThreadingHTTPServer((host, port), Handler)
    hosts = frozenset(f"{name}:{server.server_port}" for name in ("127.0.0.1", "localhost"))
    server.RequestHandlerClass = type("FlagsHandler", (Handler,), {"flags": flags, "messages": messages, "hosts": hosts})
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="switches", daemon=True).start()
    return server
