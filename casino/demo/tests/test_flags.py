"""The file of flags, the log of the truth, the command and the page."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

import flag_file
import flag_texts
import switches
from flag_file import FlagError, Flags, Target
from places import DEMO, Data
from web_requests import Answer, ask


@pytest.fixture
def data(tmp_path: Path) -> Data:
    return Data(tmp_path)


@pytest.fixture
def flags(data: Data) -> Flags:
    flags = Flags(data)
    flags.seed()
    return flags


@pytest.fixture
def page(flags: Flags) -> Iterator[str]:
    server = switches.serve(flags, port=0)
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def truth(data: Data) -> list[dict[str, object]]:
    return [json.loads(line) for line in data.truth.read_text().splitlines()]


def now(flags: Flags, name: str) -> flag_file.Flag:
    return next(flag for flag in flags.list() if flag.name == name)


def test_every_flag_has_a_text_and_no_text_is_left_over() -> None:
    assert set(flag_texts.TEXTS) == set(flag_file.read(flag_file.SEED))


def test_every_flag_can_be_off() -> None:
    assert all(flag_file.OFF in flag["variants"] for flag in flag_file.read(flag_file.SEED).values())


def test_a_change_is_in_the_file_and_in_the_truth(data: Data, flags: Flags) -> None:
    before = len(truth(data))
    flags.set("panicUser", "on", Target(markets=("de", "es")))
    raw = json.loads(data.flags.read_text())["flags"]["panicUser"]
    rule = {"if": [{"in": [{"var": "market"}, ["de", "es"]]}, "on", "off"]}
    assert (raw["defaultVariant"], raw["targeting"], raw["state"]) == ("off", rule, "ENABLED")
    (line,) = truth(data)[before:]
    assert (line["flag"], line["variant"], line["target"]) == ("panicUser", "on", rule)
    assert str(line["time"]).endswith("Z")


def test_what_is_on_from_the_start_is_in_the_truth_once(data: Data, flags: Flags) -> None:
    on = {name for name, flag in flag_file.read(flag_file.SEED).items() if flag["defaultVariant"] != "off"}
    assert {line["flag"] for line in truth(data)} == on
    Flags(data).seed()
    assert len(truth(data)) == len(on)


def test_reset_tells_only_what_changes(data: Data, flags: Flags) -> None:
    flags.set("kafkaLag", "on")
    flags.set("paymentFailure", "50%", Target(percent=30))
    before = len(truth(data))
    assert {flag.name for flag in flags.reset()} == {"kafkaLag", "paymentFailure"}
    assert len(truth(data)) == before + 2
    assert not flags.reset()
    assert flag_file.read(data.flags) == flag_file.read(flag_file.SEED)


@pytest.mark.parametrize(
    ("name", "variant", "target", "why"),
    [
        ("nonsense", "on", Target(), "no flag nonsense"),
        ("panicUser", "maybe", Target(), "no variant maybe"),
        ("panicUser", "on", Target(markets=("xx",)), "no market xx"),
        ("panicUser", "on", Target(markets=("de",), percent=5), "not for several"),
        ("panicUser", "on", Target(percent=101), "between 0 and 100"),
    ],
)
def test_what_makes_no_sense_changes_nothing(data: Data, flags: Flags, name: str, variant: str, target: Target, why: str) -> None:
    before = data.flags.read_text(), data.truth.read_text()
    with pytest.raises(FlagError, match=why):
        flags.set(name, variant, target)
    assert (data.flags.read_text(), data.truth.read_text()) == before


def test_the_command(data: Data, flags: Flags) -> None:
    def flag(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"DEMO_DATA": str(data.folder)}
        command = [sys.executable, str(DEMO / "flag.py"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20)

    assert len(flag("list").stdout.splitlines()) == len(flag_texts.TEXTS)
    assert flag("set", "panicUser", "on", "--user", "p-000001").returncode == 0
    assert now(flags, "panicUser").targeting["if"][0]["in"][1] == ["p-000001"]
    wrong = flag("set", "panicUser", "maybe")
    assert wrong.returncode == 1 and "no variant maybe" in wrong.stderr
    assert flag("reset").stdout.startswith("panicUser")


def post(page: str, path: str, headers: dict[str, str], **form: str) -> int:
    """A form as browsers send it. Redirects are not followed."""
    import http.client

    address = urllib.parse.urlsplit(page)
    connection = http.client.HTTPConnection(address.netloc, timeout=5)
    sent = {"content-type": "application/x-www-form-urlencoded"} | headers
    connection.request("POST", path, urllib.parse.urlencode(form), sent)
    status = connection.getresponse().status
    connection.close()
    return status


def test_the_page_switches(page: str, flags: Flags) -> None:
    assert post(page, "/set", {"sec-fetch-site": "same-origin", "origin": page}, name="panicUser", variant="on") == 303
    assert now(flags, "panicUser").default == "on"
    assert post(page, "/set", {}, name="panicUser", variant="on", market="se") == 303
    assert now(flags, "panicUser").targeting["if"][0]["in"][1] == ["se"]
    assert post(page, "/reset", {}) == 303
    assert now(flags, "panicUser").is_off
    assert post(page, "/set", {}, name="panicUser", variant="maybe") == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"host": "evil.example:4208"},
    ],
)
def test_another_site_switches_nothing(page: str, flags: Flags, headers: dict[str, str]) -> None:
    assert post(page, "/set", headers, name="panicUser", variant="on") == 403
    assert now(flags, "panicUser").is_off


def test_the_page_is_read_by_everybody_here(page: str) -> None:
    answer: Answer = ask(page)
    text = answer.body.decode()
    assert answer.status == 200 and 'lang="en"' in text and "<script" not in text
    assert text.count("<form") == len(flag_texts.TEXTS) + 1
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert ask(f"{page}/nothing").status == 404
    assert ask(page, headers={"host": "evil.example"}).status == 421


def test_what_was_said_is_text(page: str) -> None:
    assert "<b>" not in ask(f"{page}/?said=%3Cb%3E").body.decode()


def test_a_large_form_is_refused(page: str) -> None:
    assert post(page, "/set", {}, name="x" * 5000) == 413
