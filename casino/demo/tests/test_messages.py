"""What alerts tell: only what is signed is taken, and the page shows it as text."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import alert_messages
import switches
from alert_messages import KEY, SIGNATURE, Messages
from flag_file import Flags
from places import Data
from ports import MESSAGES_PATH
from web_requests import ask, send

SECRET = "of this test"
ISSUE = {
    "action": "triggered",
    "data": {
        "event": {"title": "<b>TypeError</b>", "message": "permille", "web_url": "http://127.0.0.1/casino/issues/PAYMENT-1"},
        "triggered_rule": "New",
    },
    "pitwatch": {"short_id": "PAYMENT-1", "facts": {"causes": []}},
}
NUMBER = {
    "action": "critical",
    "data": {
        "metric_alert": {"title": "Charges fail", "alert_rule": {"title": "Charges fail"}},
        "description_text": "0.1 over 1 min",
        "web_url": "javascript:alert(1)",
    },
    "pitwatch": {"short_id": "incident-1", "facts": {"causes": ["The provider is slow"]}},
}


@pytest.fixture
def messages(tmp_path: Path) -> Messages:
    return Messages(Data(tmp_path).messages, SECRET)


@pytest.fixture
def page(tmp_path: Path, messages: Messages) -> Iterator[str]:
    flags = Flags(Data(tmp_path))
    flags.seed()
    server = switches.serve(flags, port=0, messages=messages)
    yield f"http://127.0.0.1:{server.server_port}{MESSAGES_PATH}"
    server.shutdown()
    server.server_close()


def signed(body: bytes, secret: str = SECRET, age: int = 0) -> dict[str, str]:
    seconds = str(int(time.time()) - age)
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return {KEY: "1", SIGNATURE: f"t={seconds},v1={digest}", "content-type": "application/json"}


def post(page: str, said: Any, **signature: Any) -> int:
    body = json.dumps(said).encode()
    return send(page, "POST", body, signed(body, **signature), 5).status


def test_messages_are_kept_in_order_and_as_often_as_they_came(page: str, messages: Messages) -> None:
    assert [post(page, said) for said in (ISSUE, NUMBER, NUMBER)] == [200] * 3
    kept = [(one.action, one.rule, one.short_id, one.causes) for one in messages.all()]
    number = ("critical", "Charges fail", "", ["The provider is slow"])
    assert kept == [("triggered", "New", "PAYMENT-1", []), number, number]


def test_the_page_shows_text_and_links_to_pages_only(page: str) -> None:
    assert post(page, ISSUE) == post(page, NUMBER) == 200
    shown = ask(page).body.decode()
    assert "&lt;b&gt;TypeError" in shown and "<b>" not in shown
    assert 'href="http://127.0.0.1/casino/issues/PAYMENT-1"' in shown and "javascript:" not in shown
    assert shown.index("Charges fail") < shown.index("TypeError"), "the newest comes first"


@pytest.mark.parametrize("signature", [{"secret": "of another"}, {"age": 301}, {"age": -301}])
def test_what_is_not_signed_now_is_refused(page: str, messages: Messages, signature: dict[str, Any]) -> None:
    assert post(page, ISSUE, **signature) == 403
    assert send(page, "POST", b"{}", {SIGNATURE: "nonsense"}, 5).status == 403
    assert messages.all() == []


@pytest.mark.parametrize("said", [[], {}, {"action": "critical", "data": {}, "pitwatch": {}}, ISSUE | {"pitwatch": None}])
def test_what_is_no_message_is_refused(page: str, messages: Messages, said: Any) -> None:
    assert post(page, said) == 400
    assert messages.all() == []


def test_a_body_that_is_too_large_is_refused(page: str) -> None:
    assert post(page, "x" * alert_messages.BODY_BYTES_MAX) == 413


def test_the_file_does_not_grow_without_end(messages: Messages, monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps(ISSUE).encode()
    monkeypatch.setattr(alert_messages, "FILE_BYTES_MAX", 1000)
    for _ in range(20):
        messages.take(signed(body), body)
    sizes = [path.stat().st_size for path in messages.path.parent.glob("messages*.jsonl")]
    assert len(sizes) == 2 and max(sizes) <= 1000 and 2 <= len(messages.all()) < 20
