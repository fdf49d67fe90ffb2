"""What is up to date is left alone; what changed is built; what fails says why."""

from __future__ import annotations

from pathlib import Path

import pytest

import building
import postgres
import steps
import toolchains
from building import Step
from say import Stop


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Step:
    monkeypatch.setattr(building, "ROOT", tmp_path)
    monkeypatch.setattr(building, "BUILT", tmp_path / "stamps")
    source = tmp_path / "source"
    (source / "node_modules").mkdir(parents=True)
    (source / "main").write_text("one")
    command = ["sh", "-c", "mkdir -p made && echo x >> made/runs"]
    return Step("a thing", command, tmp_path, sources=[source], makes=[tmp_path / "made"])


def runs(step: Step) -> int:
    return len((step.folder / "made" / "runs").read_text().splitlines())


def test_it_is_built_once_and_again_when_a_source_changes(step: Step) -> None:
    for _ in range(3):
        building.build([step], step.folder)
    assert runs(step) == 1
    (step.folder / "source" / "node_modules" / "package").write_text("not a source")
    building.build([step], step.folder)
    assert runs(step) == 1
    (step.folder / "source" / "main").write_text("two")
    building.build([step], step.folder)
    assert runs(step) == 2
    (step.folder / "source" / "main").rename(step.folder / "source" / "other")
    building.build([step], step.folder)
    assert runs(step) == 3


def test_what_was_deleted_is_built_again(step: Step) -> None:
    building.build([step], step.folder)
    (step.folder / "made" / "runs").unlink()
    (step.folder / "made").rmdir()
    building.build([step], step.folder)
    assert runs(step) == 1


def test_a_failure_shows_its_last_lines_and_is_tried_again(step: Step) -> None:
    broken = Step("a thing", ["sh", "-c", "echo cannot find it; exit 7"], step.folder, sources=step.sources, makes=step.makes)
    for _ in range(2):
        with pytest.raises(Stop, match=r"status 7(?s:.*)cannot find it"):
            building.build([broken], step.folder)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("cargo 1.95.0 (abc 2026-01-01)", (1, 95, 0)),
        ("v20.19.2", (20, 19, 2)),
        ('openjdk version "17.0.15" 2025-04-15', (17, 0, 15)),
        ("\x1b[1mApache Maven 3.8.7\x1b[m", (3, 8, 7)),
        ("Redis server v=7.0.15 sha=00000000:0", (7, 0, 15)),
        ("go version go1.26.1 linux/amd64", (1, 26, 1)),
        ("nothing", ()),
    ],
)
def test_versions_of_tools(text: str, version: tuple[int, ...]) -> None:
    assert toolchains.parse_version(text) == version


def test_a_missing_tool_is_one_line() -> None:
    tool = toolchains.Tool("no-such-tool", ["--version"], (1,), "install it")
    assert toolchains.problem(tool) == "no-such-tool is missing: install it"
    optional = toolchains.Tool("no-such-tool", ["--version"], (1,), "the rest runs", needed=False)
    assert toolchains.problem(optional) is None


def test_go_is_as_new_as_its_module_wants() -> None:
    module = (steps.SERVICES / "notification" / "go.mod").read_text()
    assert f"go {'.'.join(map(str, toolchains.GO.at_least))}\n" in module
    assert toolchains.wanted(toolchains.GO, with_kafka=True, with_notification=True)


def test_without_go_notification_is_not_built() -> None:
    names = [step.name for step in steps.casino(toolchains.Found(java="java", go=None))]
    assert "notification" not in names and "the services in Rust" in names


def test_data_that_another_account_cannot_reach_goes_elsewhere(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o700)
    assert postgres.data_folder(closed / "data", None) == closed / "data" / "postgres"
    (closed / "data").mkdir()
    assert postgres.data_folder(closed / "data", "postgres").is_relative_to("/var/tmp")
