"""Servers the tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scenarios import all_scenarios
from server import Project, Server


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers with the given project ids; all are stopped at the end of the test."""
    started: list[Server] = []

    def begin(ids: list[int] | None = None, **settings: str) -> Server:
        projects = [Project(number, f"project-{number}") for number in ids or [1]]
        server = Server(tmp_path / f"server-{len(started)}", projects, settings)
        started.append(server)
        return server.start()

    yield begin
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def corpus_projects() -> dict[str, dict[str, int]]:
    """Scenario name → project of the capture → project of the test server."""
    numbers = iter(range(1000, 100_000))
    return {scenario.name: {old: next(numbers) for old in scenario.old_projects} for scenario in all_scenarios()}


@pytest.fixture(scope="session")
def corpus_server(
    tmp_path_factory: pytest.TempPathFactory, corpus_projects: dict[str, dict[str, int]]
) -> Iterator[Server]:
    """One server for the whole corpus, a project of its own for every project of every scenario."""
    ids = [new for projects in corpus_projects.values() for new in projects.values()]
    projects = [Project(number, f"project-{number}") for number in ids]
    with Server(tmp_path_factory.mktemp("corpus"), projects) as server:
        yield server
