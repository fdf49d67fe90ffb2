"""OpenTelemetry's own SDKs, unmodified, against the real binary."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from server import ORGANIZATION, Server, free_port, wait_until
from test_sdks import run

STATS = f"/organizations/{ORGANIZATION}/stats_v2/?field=sum(quantity)&groupBy=outcome&statsPeriod=24h&category=span"


def spans(server: Server) -> dict[str, int]:
    """What became of spans."""
    groups = server.api(STATS)["groups"]
    return {group["by"]["outcome"]: group["totals"]["sum(quantity)"] for group in groups}


def test_python(start: Callable[..., Server]) -> None:
    grpc = f"127.0.0.1:{free_port()}"
    server = start(otlp_grpc_listen=grpc)
    answers = json.loads(run(sys.executable, "python_otel.py", server.url, grpc, "1", server.projects[1].key))
    results = {name: answer["result"] for name, answer in answers.items()}
    refused = {"http-refused": "FAILURE", "grpc-refused": "FAILURE"}
    assert results == {"http": "SUCCESS", "http-gzip": "SUCCESS", "grpc": "SUCCESS", "grpc-gzip": "SUCCESS"} | refused
    wait_until(lambda: spans(server).get("accepted") == 8, 20, "two spans of each of four traces are accepted")
    assert set(spans(server)) == {"accepted"}
