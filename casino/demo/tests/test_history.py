"""The made-up commits: real files, dates that follow each other, and a last state that is the real source."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

import history
import source_page
from pitwatch import PROJECTS
from places import SERVICES
from services import RELEASES

NAMES = list(RELEASES)


def log(folder: Path, *words: str) -> list[str]:
    return history.git(folder, "log", *words).decode().splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_recorded_is_there(name: str) -> None:
    commits = history.commits(name)
    assert commits, f"{name} has no commits"
    hours = [commit.hours_ago for commit in commits]
    assert hours == sorted(hours, reverse=True) and hours[-1] > 0, f"{name} goes back in time"
    for commit in commits:
        assert commit.files and commit.message and commit.author[1].endswith(".example")
        missing = [file for file in commit.files if not (SERVICES / name.removesuffix(history.NEXT) / file).is_file()]
        assert not missing, f"{commit.message!r} names files that are not there: {missing}"


def test_every_release_has_a_project() -> None:
    assert {name.removesuffix(history.NEXT) for name in NAMES} <= set(PROJECTS)
    assert set(history.recorded()["commits"]) == set(NAMES)


def test_a_repository_is_as_recorded(tmp_path: Path) -> None:
    now = time.time()
    folder = history.make(tmp_path, "payment", now)
    wanted = history.commits("payment")
    assert log(folder, "--reverse", "--format=%s") == ["Import payment", *(commit.message for commit in wanted)]
    assert log(folder, "-1", "--format=%ae %at") == [f"{wanted[-1].author[1]} {now - wanted[-1].hours_ago * 3600:.0f}"]
    touched = log(folder, "-1", "--name-only", "--format=")
    assert sorted(touched) == sorted(wanted[-1].files)
    assert history.make(tmp_path, "payment", now + 99) == folder
    assert len(log(folder, "--format=%s")) == len(wanted) + 1, "a second time changes nothing"


def test_the_next_release_comes_on_top(tmp_path: Path) -> None:
    folder = history.make(tmp_path, "payment", time.time())
    before = log(folder, "-1", "--format=%H")[0]
    for _ in range(2):
        history.make(tmp_path, f"payment{history.NEXT}", time.time())
        wanted = history.commits(f"payment{history.NEXT}")
        assert log(folder, "--reverse", "--format=%s", f"{before}..main") == [commit.message for commit in wanted]
    tree = history.git(folder, "ls-tree", "-r", "--name-only", "main").decode().splitlines()
    assert "src/canary.mjs" in tree and "package-lock.json" not in tree
    for file in tree:
        real = (SERVICES / "payment" / file).read_bytes()
        assert history.git(folder, "cat-file", "blob", f"main:{file}") == real, f"{file} is not what runs"


def test_lines_that_did_not_change_yet_stay_where_they_are() -> None:
    assert history.shortened(b"a\nb\nc\n", 0) == b"a\nb\nc\n"
    assert history.shortened(b"a\nb\nc\n", 2) == b"a\n"
    assert history.shortened(b"a\nb\nc\n", 9) == b"a\n"


def test_lines_and_commits_can_be_seen(tmp_path: Path) -> None:
    folder = history.make(tmp_path, "payment", time.time())
    head = log(folder, "-1", "--format=%H")[0]
    shown = source_page.page(tmp_path, f"/casino/payment/-/blob/{head}/src/charges.mjs") or ""
    line = (SERVICES / "payment" / "src" / "charges.mjs").read_text().splitlines()[2]
    assert re.search(rf'<li id="L3">{re.escape(source_page.escape(line))}</li>', shown)
    assert history.commits("payment")[-1].message in (source_page.page(tmp_path, f"/casino/payment/-/commit/{head}") or "")


@pytest.mark.parametrize(
    "path",
    [
        "/casino/payment/-/blob/main/../../secrets.json",
        "/casino/payment/-/blob/main/no/such/file",
        "/casino/payment/-/blob/--output=x/src/main.mjs",
        "/casino/payment/-/commit/0000000000",
        "/casino/nobody/-/blob/main/src/main.mjs",
        "/casino/gateway/-/blob/main/src/main.rs",
        "/casino/payment/-/blob/main/src/main.mjs/more",
    ],
)
def test_nothing_else_can(tmp_path: Path, path: str) -> None:
    history.make(tmp_path, "payment", time.time())
    assert source_page.page(tmp_path, path) is None
