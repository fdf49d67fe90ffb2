"""One page view that goes through six services is one trace, whichever SDK each of them has.

browser → Node → Python → Rust (OpenTelemetry)
                       └→ Go → Java (OpenTelemetry)
"""

from __future__ import annotations

import functools
import http.server
import re
import socket
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from server import ORGANIZATION, Project, Server, free_port, wait_until
from services import CLIENTS, GO, HAS_GO, HAS_JAVA, JAVA, RUST, Service, needs_go, needs_java, otel, serving
from test_sdks import run
from traces import spans_of

# How SDKs send spans: one by one, or with their transaction. The first is what browsers and Node do by default.
LIFECYCLES = ("stream", "static")
RISK, PAYMENTS, PROVIDER = 4, 5, 6
SERVICES = {1: "web", 2: "gateway", 3: "wallet", RISK: "risk", PAYMENTS: "payments", PROVIDER: "provider"}


def project(lifecycle: str, number: int) -> int:
    """Which of the server's projects stands for the service: the first three run once for each life cycle."""
    return number + 10 * LIFECYCLES.index(lifecycle) if number <= 3 else number


@dataclass
class Story:
    """What was sent: the trace of each life cycle."""

    server: Server
    traces: dict[str, str]

    def spans(self, lifecycle: str) -> dict[str, dict[str, Any]]:
        return {span["event_id"]: span for span in spans_of(self.server, self.traces[lifecycle])}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A page that was opened once for each life cycle."""
    numbers = {project(lifecycle, number): name for lifecycle in LIFECYCLES for number, name in SERVICES.items()}
    projects = [Project(number, f"{name}-{number}") for number, name in numbers.items()]
    with Server(tmp_path_factory.mktemp("distributed"), projects) as server:
        others, asked = others_of(server)
        with serving(others):
            traces = {lifecycle: open_page(server, lifecycle, asked) for lifecycle in LIFECYCLES}
        told = Story(server, traces)
        expected = set(SERVICES) - ({PAYMENTS} if not HAS_GO else set()) - ({PROVIDER} if not HAS_JAVA else set())
        for lifecycle in LIFECYCLES:
            wanted = {project(lifecycle, number) for number in expected}
            what = f"the {lifecycle} trace has spans of the projects {wanted}"
            wait_until(lambda: {span["project_id"] for span in told.spans(lifecycle).values()} >= wanted, 20, what)
        yield told


def others_of(server: Server) -> tuple[list[Service], list[str]]:
    """The services behind the wallet, and what the wallet has to ask."""
    risk, payments, provider = str(free_port()), str(free_port()), str(free_port())
    services = [Service([RUST, "serve", risk], otel(server, RISK, "risk"))]
    asked = [f"http://127.0.0.1:{risk}/risk"]
    behind = [f"http://127.0.0.1:{provider}/providers"] if HAS_JAVA else []
    if HAS_JAVA:
        # Little is compiled by a program that answers two requests.
        agent = ["-XX:TieredStopAtLevel=1", f"-javaagent:{JAVA}/opentelemetry-javaagent.jar"]
        command = ["java", *agent, "-cp", JAVA, "Provider", provider]
        services.append(Service(command, otel(server, PROVIDER, "provider")))
    if not HAS_GO:
        return services, [*asked, *behind]
    services.append(Service([GO, server.dsn(PAYMENTS), payments, *behind]))
    return services, [*asked, f"http://127.0.0.1:{payments}/payments/7"]


def open_page(server: Server, lifecycle: str, others: list[str]) -> str:
    """Starts gateway and wallet, and opens the page. Returns its trace."""
    web, gateway, wallet = (server.dsn(project(lifecycle, number)) for number in (1, 2, 3))
    gateway_port, wallet_port = str(free_port()), str(free_port())
    balance = f"http://127.0.0.1:{wallet_port}/players/7/balance"
    services = [
        Service([sys.executable, "python_wallet.py", wallet, wallet_port, lifecycle, *others]),
        Service(["node", "node_gateway.mjs", gateway, gateway_port, lifecycle, balance]),
    ]
    given = {"dsn": web, "lifecycle": lifecycle, "gateway": f"http://127.0.0.1:{gateway_port}"}
    with serving(services), pages() as url:
        wait_until(lambda: is_open(int(wallet_port)), 30, "the wallet listens")
        return run("node", "browser_wallet.mjs", f"{url}/wallet.html?{urllib.parse.urlencode(given)}")


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def pages() -> Iterator[str]:
    """Serves the browser's pages from an origin of their own."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(CLIENTS / "browser"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{host.server_address[1]}"
        host.shutdown()


def entered(spans: dict[str, dict[str, Any]], number: int) -> dict[str, Any]:
    """The span in which a service was entered."""
    (segment,) = [span for span in spans.values() if span["is_transaction"] and span["project_id"] == number]
    return segment


def caller(spans: dict[str, dict[str, Any]], number: int) -> dict[str, Any]:
    """The span that called a service."""
    return spans[entered(spans, number)["parent_span_id"]]


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
def test_from_the_browser_to_rust(story: Story, lifecycle: str) -> None:
    web, gateway, wallet = (project(lifecycle, number) for number in (1, 2, 3))
    trace = story.traces[lifecycle]
    roots = story.server.api(f"/organizations/{ORGANIZATION}/trace/{trace}/")
    assert [(root["event_type"], root["op"], root["project_id"]) for root in roots] == [("span", "pageload", web)]

    spans = story.spans(lifecycle)
    page = entered(spans, web)
    assert (page["event_id"], page["transaction"]) == (roots[0]["event_id"], "/wallet.html")
    for number, of, parent, name, route in (
        (gateway, web, page, "GET http://127.0.0.1:{}/wallet", "GET /wallet"),
        (wallet, gateway, entered(spans, gateway), "GET http://127.0.0.1:{}/players/7/balance", "/players/{player}/balance"),
        (RISK, wallet, entered(spans, wallet), "GET http://127.0.0.1:{}/risk", "GET /risk"),
    ):  # fmt: skip
        call = caller(spans, number)
        assert (call["project_id"], call["op"], call["parent_span_id"]) == (of, "http.client", parent["event_id"])
        assert without_port(call["description"]) == name
        assert (entered(spans, number)["op"], entered(spans, number)["transaction"]) == ("http.server", route)

    (query,) = [span for span in spans.values() if span["op"] == "db.sql.query"]
    assert (query["project_id"], query["parent_span_id"]) == (wallet, entered(spans, wallet)["event_id"])
    (rules,) = [span for span in spans.values() if span["description"] == "evaluate rules"]
    assert (rules["project_id"], rules["parent_span_id"]) == (RISK, entered(spans, RISK)["event_id"])
    assert service_of(story, lifecycle, RISK) == "risk"
    assert [span for span in spans.values() if span["odd"]] == []


@needs_go
@pytest.mark.parametrize("lifecycle", LIFECYCLES)
def test_go_joins(story: Story, lifecycle: str) -> None:
    wallet = project(lifecycle, 3)
    spans = story.spans(lifecycle)
    call = caller(spans, PAYMENTS)
    assert (call["project_id"], call["parent_span_id"]) == (wallet, entered(spans, wallet)["event_id"])
    assert entered(spans, PAYMENTS)["transaction"] == "GET /payments/{player}"
    assert entered(spans, PAYMENTS)["sdk_name"] == "sentry.go.http"


@needs_java
@pytest.mark.parametrize("lifecycle", LIFECYCLES)
def test_java_joins(story: Story, lifecycle: str) -> None:
    asker = PAYMENTS if HAS_GO else project(lifecycle, 3)
    spans = story.spans(lifecycle)
    call = caller(spans, PROVIDER)
    assert (call["project_id"], call["parent_span_id"]) == (asker, entered(spans, asker)["event_id"])
    assert entered(spans, PROVIDER)["transaction"] == "GET /providers"
    assert service_of(story, lifecycle, PROVIDER) == "provider"


def test_streamed_spans_and_transactions_give_the_same_screens(story: Story) -> None:
    streamed, static = (trace_screen(story, lifecycle) for lifecycle in LIFECYCLES)
    assert streamed == static
    streamed, static = (endpoints_screen(story, lifecycle) for lifecycle in LIFECYCLES)
    assert streamed == static
    streamed, static = (explorer_screen(story, lifecycle) for lifecycle in LIFECYCLES)
    assert streamed == static


def trace_screen(story: Story, lifecycle: str) -> list[tuple[object, ...]]:
    """What the trace's screen shows of each span, and below what; without what differs from run to run."""
    spans = story.spans(lifecycle)
    names = {project(lifecycle, number): name for number, name in SERVICES.items()}

    def shown(span: dict[str, Any]) -> tuple[object, ...]:
        description = without_port(span["description"] or "")
        return (names[span["project_id"]], span["op"], description, span["transaction"], span["is_transaction"])

    return sorted(
        (shown(span), shown(spans[span["parent_span_id"]]) if span["parent_span_id"] else ())
        for span in spans.values()
        if not is_by_the_way(span)
    )


def is_by_the_way(span: dict[str, Any]) -> bool:
    """What browsers measure differs from one page view to the next, and so does what SDKs call it. Python's SDK
    traces its own requests when it streams."""
    return span["op"].startswith(("browser.", "resource.", "ui.long")) or "/envelope/" in span["description"]


def endpoints_screen(story: Story, lifecycle: str) -> list[tuple[object, ...]]:
    """The endpoints of the services that differ in their life cycle."""
    projects = [project(lifecycle, number) for number in (1, 2, 3)]
    query = "&".join(f"project={number}" for number in projects)
    rows = story.server.api(f"/organizations/{ORGANIZATION}/endpoints/?{query}")
    return sorted((row["transaction"], row["op"], projects.index(row["projectId"])) for row in rows)


def explorer_screen(story: Story, lifecycle: str) -> list[tuple[object, ...]]:
    """What these services asked others, without what varies, and how often."""
    fields = ["normalized_description", "transaction", "count()"]
    asked = [("project", project(lifecycle, number)) for number in (1, 2, 3)] + [("field", name) for name in fields]
    query = urllib.parse.urlencode([("dataset", "spans"), ("query", "span.op:http.client !span.name:*/envelope/*"), *asked])
    rows = story.server.api(f"/organizations/{ORGANIZATION}/events/?{query}")["data"]
    return sorted(tuple(without_port(str(row[name])) for name in fields) for row in rows)


def service_of(story: Story, lifecycle: str, number: int) -> str:
    """What an OpenTelemetry service calls itself, on the span in which it was entered."""
    spans = spans_of(story.server, story.traces[lifecycle], "service.name")
    (span,) = [span for span in spans if span["is_transaction"] and span["project_id"] == number]
    return span["additional_attributes"]["service.name"]


def without_port(text: str) -> str:
    return re.sub(r"(127\.0\.0\.1):\d+", r"\1:{}", text)
