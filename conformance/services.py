"""Small services that call each other, each in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from server import Server

CLIENTS = Path(__file__).parent / "clients"
# Where install.sh puts programs that are compiled.
INSTALLED = Path(sys.prefix)
RUST = INSTALLED / "rust" / "debug" / "rust-otel"
GO = INSTALLED / "go" / "payments"
JAVA = INSTALLED / "java"


def missing(*commands: str) -> list[str]:
    """Those that install.sh did not find; the tests of what they compile are skipped, and say so."""
    path = os.environ.get("PATH", "") + ":/usr/local/go/bin"
    return [command for command in commands if shutil.which(command, path=path) is None]


HAS_GO = not missing("go")
HAS_JAVA = not missing("javac", "mvn")
needs_go = pytest.mark.skipif(not HAS_GO, reason="GO IS MISSING: sentry-go was not tested")
needs_java = pytest.mark.skipif(
    not HAS_JAVA, reason="JAVAC OR MVN IS MISSING: OpenTelemetry's Java agent was not tested"
)


def otel(server: Server, project: int, service: str, protocol: str = "http/protobuf", grpc: str = "") -> dict[str, str]:
    """What people set for any of OpenTelemetry's SDKs to send to a project, as Sentry documents it."""
    endpoint = f"http://{grpc}" if grpc else f"{server.url}/api/{project}/integration/otlp/v1/traces/"
    key = server.projects[project].key
    return {
        "OTEL_SERVICE_NAME": service,
        "OTEL_RESOURCE_ATTRIBUTES": "service.version=3.0.1,deployment.environment.name=prod",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "x-sentry-auth=" + quote(f"sentry sentry_key={key}"),
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": protocol,
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_METRICS_EXPORTER": "none",
    }


@dataclass
class Service:
    """How to start a service that prints `serving` when it does, and ends with its input after it sent all it has."""

    command: list[str | Path]
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command,
            cwd=CLIENTS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | self.environment,
        )


@contextmanager
def serving(services: list[Service]) -> Iterator[None]:
    """Starts all of them at once, because some take seconds, and ends them one after the other."""
    processes = [service.start() for service in services]
    try:
        for service, process in zip(services, processes):
            assert process.stdout is not None
            assert process.stdout.readline() == b"serving\n", f"{service.command} does not serve"
        yield
        for service, process in zip(services, processes):
            process.communicate(timeout=60)
            assert process.returncode == 0, f"{service.command} ended with {process.returncode}"
    finally:
        for process in processes:
            process.kill()
            process.wait()
