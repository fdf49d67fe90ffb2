"""What is bad about alerting is refused with a clear message, or contained: one test for each kind of bad input."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from peers import Call, Reply, mail_server, peer
from server import ORGANIZATION, TOKEN, Answer, Project, Server, wait_until
from test_alerts import LOOPBACK, channel, post, route, try_out

BASE = f"/organizations/{ORGANIZATION}"
RULES = f"{BASE}/alert-rules/"
ISSUE_RULES = f"/projects/{ORGANIZATION}/project-1/rules/"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all who only ask and are refused."""
    with Server(tmp_path_factory.mktemp("alert-edges"), [Project(1, "project-1")]) as server:
        yield server


def ask(server: Server, method: str, path: str, body: Any) -> Answer:
    return server.request(method, path, json.dumps(body).encode(), HEADERS)


def refused(server: Server, path: str, body: Any, field: str, words: str, method: str = "POST") -> None:
    answer = ask(server, method, f"/api/0{path}", body)
    assert answer.status == 400, (path, body, answer.status, answer.body[:300])
    said = answer.json()
    assert list(said) == [field] and words in said[field][0], (body, said)


def metric(**fields: Any) -> dict[str, Any]:
    return {
        "name": "Edge", "projects": ["project-1"], "dataset": "events", "aggregate": "count()", "query": "", "timeWindow": 1,
        "thresholdType": 0, "resolveThreshold": None, "triggers": [{"label": "critical", "alertThreshold": 2, "actions": []}],
    } | fields  # fmt: skip


def at(level: float, label: str = "critical") -> list[dict[str, Any]]:
    return [{"label": label, "alertThreshold": level, "actions": []}]


SHARE = {"dataset": "transactions", "aggregate": "failure_rate()"}
CRASHES = {"dataset": "metrics", "aggregate": "percentage(sessions_crashed, sessions) AS _crash_rate_alert_aggregate"}

NEVER_METRIC: list[tuple[dict[str, Any], str, str]] = [
    ({"resolveThreshold": 5}, "resolveThreshold", "recovery"),
    ({"resolveThreshold": 1, "thresholdType": 1}, "resolveThreshold", "recovery"),
    ({"triggers": at(2) + at(3, "warning")}, "triggers", "the warning would never fire"),
    (SHARE | {"triggers": at(1.5)}, "triggers", "never above 1"),
    (SHARE | {"triggers": at(1)}, "triggers", "never above 1"),
    (SHARE | {"triggers": at(0), "thresholdType": 1}, "triggers", "never below 0"),
    ({"triggers": at(0), "thresholdType": 1}, "triggers", "never below 0"),
    ({"dataset": "spans", "aggregate": "spm()", "triggers": at(-1), "thresholdType": 1}, "triggers", "never below 0"),
    (CRASHES | {"triggers": at(100)}, "triggers", "never above 100"),
    ({"comparisonDelta": 60, "triggers": at(100), "thresholdType": 1}, "triggers", "cannot fall by 100 %"),
    ({"timeWindow": 0}, "timeWindow", "minutes"),
    ({"forMinutes": 20_000}, "forMinutes", "7 days"),
    ({"query": "level:fatall"}, "query", "level"),
    ({"query": "level:error level:fatal"}, "query", "level"),
    ({"query": "level:error (title:a OR title:b) environment:a environment:b"}, "query", "environment"),
    ({"query": "environment:staging", "environment": "production"}, "query", "environment"),
    ({"dataset": "transactions", "query": "environment:a environment:b"}, "query", "environment"),
    ({"environment": "e" * 65}, "environment", "64"),
]


@pytest.mark.parametrize(("fields", "field", "words"), NEVER_METRIC)
def test_a_metric_rule_that_can_never_fire(server: Server, fields: dict[str, Any], field: str, words: str) -> None:
    refused(server, RULES, metric(**fields), field, words)


POSSIBLE_METRIC: list[dict[str, Any]] = [
    {"resolveThreshold": 1},
    SHARE | {"triggers": at(0.99)},
    SHARE | {"triggers": at(1), "thresholdType": 1},
    CRASHES | {"triggers": at(99.5), "thresholdType": 1},
    {"triggers": at(1), "thresholdType": 1},
    {"comparisonDelta": 60, "triggers": at(300)},
    {"query": "level:error OR level:fatal"},
    {"query": "level:error !level:fatal"},
    {"query": "level:[error,fatal] level:fatal"},
    {"query": "foo:a foo:b"},
    {"environment": "e" * 64},
]


@pytest.mark.parametrize("fields", POSSIBLE_METRIC)
def test_a_metric_rule_that_can_fire_is_taken(server: Server, fields: dict[str, Any]) -> None:
    answer = ask(server, "POST", f"/api/0{RULES}", metric(**fields))
    assert answer.status == 201, answer.body


def issue_rule(**fields: Any) -> dict[str, Any]:
    return {"name": "Edge", "when": ["new issue"], "then": ["mail owners"]} | fields


NEVER_ISSUE: list[tuple[dict[str, Any], str, str]] = [
    ({"if": ["level equals fatall"]}, "if", "level"),
    ({"if": ["level equals error", "level equals fatal"]}, "if", "exclude each other"),
    ({"when": ["regression"], "if": ["tag market equals es", "tag market equals de"]}, "if", "exclude each other"),
    ({"when": ["new issue", "regression"], "when_match": "all"}, "when", "exclude each other"),
    ({"if": ["seen at least 5 times"]}, "if", "exclude each other"),
    ({"environment": "e" * 65}, "environment", "64"),
    ({"every": "0m"}, "every", ""),
]


@pytest.mark.parametrize(("fields", "field", "words"), NEVER_ISSUE)
def test_a_rule_about_issues_that_can_never_fire(server: Server, fields: dict[str, Any], field: str, words: str) -> None:
    answer = ask(server, "POST", f"/api/0{ISSUE_RULES}", issue_rule(**fields))
    assert answer.status == 400, answer.body
    assert list(answer.json()) == [field] and words in answer.json()[field][0], answer.json()


def test_contradicting_filters_in_sentrys_form_name_the_filters(server: Server) -> None:
    level = "sentry.rules.filters.level.LevelFilter"
    body = {
        "name": "Edge", "actionMatch": "all", "filterMatch": "all", "frequency": 30, "conditions": [],
        "filters": [{"id": level, "match": "eq", "level": "40"}, {"id": level, "match": "eq", "level": "50"}],
        "actions": [{"id": "sentry.mail.actions.NotifyEmailAction", "targetType": "IssueOwners"}],
    }  # fmt: skip
    refused(server, ISSUE_RULES, body, "filters", "exclude each other")
    body["filters"] = [{"id": level, "match": "eq", "level": "45"}]
    refused(server, ISSUE_RULES, body, "filters", "level")


EMPTY_TIMES: list[tuple[str, dict[str, Any], str]] = [
    ("alert-silences", {"matchers": ['a="b"'], "startsAt": "2099-01-02T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z"}, "endsAt"),
    ("alert-silences", {"matchers": ['a="b"'], "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2020-01-02T00:00:00Z"}, "endsAt"),
    ("alert-silences", {"matchers": ['a=~".*"'], "endsAt": "2099-01-02T00:00:00Z"}, "matchers"),
    (
        "alert-maintenance",
        {"name": "m", "matchers": ['a="b"'], "window": {"once": ["2099-01-02T00:00:00Z", "2099-01-02T00:00:00Z"]}},
        "window",
    ),
    ("alert-maintenance", {"name": "m", "matchers": ['a="b"'], "window": {"crontab": "0 3 * * *", "minutes": 0}}, "minutes"),
    ("alert-maintenance", {"name": "m", "matchers": ['a="b"'], "window": {"weekly": []}}, "window"),
    (
        "on-call",
        {"name": "r", "layers": [{"people": ["a@b.example"], "starts": "2026-01-01T00:00:00Z", "turnDays": 0}]},
        "layers",
    ),
]


@pytest.mark.parametrize(("place", "body", "field"), EMPTY_TIMES)
def test_a_time_that_is_empty(server: Server, place: str, body: dict[str, Any], field: str) -> None:
    answer = ask(server, "POST", f"/api/0{BASE}/{place}/", body)
    assert answer.status == 400 and list(answer.json()) == [field], (answer.status, answer.body)


@pytest.mark.parametrize(
    "path", ["/api/1/store/?sentry_key=1", "/api/v2/alerts", f"/api/0{BASE}/alert-hooks/alertmanager/", "/x"]
)
def test_a_webhook_that_points_at_this_server_is_refused(server: Server, path: str) -> None:
    body = {"kind": "webhook", "name": f"own {path}", "settings": {}, "secrets": {"url": server.url + path}}
    refused(server, f"{BASE}/alert-channels/", body, "url", "this server itself")
    body = {"kind": "alertmanager", "name": "own", "settings": {"urls": f"https://am.example,{server.url}"}, "secrets": {}}
    refused(server, f"{BASE}/alert-channels/", body, "urls", "this server itself")


def test_our_notifications_are_not_events(start: Callable[..., Server]) -> None:
    """The address is ours under another name, so only what arrives can tell."""
    server = start(**LOOPBACK)
    place = f"http://localhost:{server.port}/api/1/store/?sentry_key={server.projects[1].key}"
    channel(server, "webhook", {}, {"url": place})
    rule = {"name": "All", "when": ["every event"], "then": ["service ops"], "every": "1m"}
    server.api(ISSUE_RULES, "POST", rule)
    auth = {"X-Sentry-Auth": f"Sentry sentry_key={server.projects[1].key}, sentry_version=7"}
    assert server.request("POST", "/api/1/store/", b'{"message":"first"}', auth).status == 200

    def refusals() -> list[Any]:
        return [it for it in server.api(f"{BASE}/alert-deliveries/") if it["state"] == "dead"]

    wait_until(lambda: len(refusals()) == 1, 30, "the notification was refused")
    detail = server.api(f"{BASE}/alert-deliveries/{refusals()[0]['id']}/")
    assert "notification" in detail["log"][-1]["answer"] and detail["log"][-1]["status"] == 403, detail
    assert [it["title"] for it in server.issues(1)] == ["first"]


def test_alerts_do_not_go_in_circles(start: Callable[..., Server]) -> None:
    """Prometheus to us, to an Alertmanager that is us under another name: the alert still ends when it said."""
    server = start(**LOOPBACK)
    rounds: list[Call] = []

    def back(call: Call) -> Reply:
        rounds.append(call)
        answer = server.request("POST", "/api/v2/alerts", call.body, HEADERS)
        return answer.status, {}, b""

    with peer(back) as circle:
        channel(server, "alertmanager", {"urls": circle.url}, {})
        route(server, {"channel": "ops"})
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 20))
        post(server, {"alertname": "Circle"}, generatorURL="http://prometheus.example/graph", endsAt=soon)
        wait_until(lambda: len(rounds) >= 1, 20, "it was told")
        (sent,) = rounds[0].json()
        assert sent["annotations"]["pitwatch_via"] == server.url
        # What another server passes on names all it came by.
        post(server, {"alertname": "Far"}, annotations={"pitwatch_via": f"https://b.example {server.url}"})
        post(server, {"alertname": "Near"}, annotations={"pitwatch_via": "https://b.example"}, generatorURL="http://p.example/")
        wait_until(lambda: len(rounds) >= 2, 20, "the other one was told")
        told = {alert["labels"]["alertname"]: alert for call in rounds for alert in call.json()}
        assert set(told) == {"Circle", "Near"}
        assert told["Near"]["annotations"]["pitwatch_via"] == f"https://b.example {server.url}"
        known = {it["labels"]["alertname"]: it for it in server.request("GET", "/api/v2/alerts", headers=HEADERS).json()}
        assert set(known) == {"Circle", "Near"}
        assert known["Circle"]["endsAt"][:19] == soon[:19]


HUGE: list[tuple[str, str, bytes, int]] = [
    ("POST", "/api/v2/alerts", b"[" * 100_000, 400),
    ("POST", "/api/v2/alerts", b"[" + b",".join([b'{"labels":{"a":"b"}}'] * 10_001) + b"]", 400),
    ("POST", "/api/v2/alerts", json.dumps([{"labels": {f"l{n}": "x" for n in range(65)}}]).encode(), 400),
    ("POST", "/api/v2/alerts", json.dumps([{"labels": {"a": "x" * 70_000}}]).encode(), 400),
    ("POST", "/api/v2/alerts", b'[{"labels":{"a":"' + b"x" * 60_000_000 + b'"}}]', 413),
    ("POST", "/api/v2/silences", json.dumps({"matchers": [{"name": "a", "value": "(x{1000}){1000}", "isRegex": True}]}).encode(), 400),
    ("POST", f"/api/0{RULES}", json.dumps(metric(query="(" * 4_000)).encode(), 400),
    ("POST", f"/api/0{RULES}", json.dumps(metric(query="x " * 4_000)).encode(), 400),
    ("POST", f"/api/0{ISSUE_RULES}", json.dumps(issue_rule(**{"if": ["tag a equals b"] * 51})).encode(), 400),
    ("PUT", f"/api/0{BASE}/alert-routing/", json.dumps({"route": {"receiver": "x" * 300_000}}).encode(), 400),
    ("POST", f"/api/0{BASE}/alert-channels/", json.dumps({"kind": "mail", "name": "x" * 101}).encode(), 400),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), HUGE, ids=range(len(HUGE)))
def test_what_is_huge_is_refused(server: Server, method: str, path: str, body: bytes, status: int) -> None:
    try:
        answer = server.request(method, path, body, HEADERS)
    except OSError:
        # It hung up on a body that it would not read.
        assert status == 413
    else:
        assert answer.status == status and len(answer.body) < 2_000, (answer.status, answer.body[:300])
    assert server.request("GET", "/api/v2/status", headers=HEADERS).status == 200


@contextmanager
def raw_peer(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does with each connection what it likes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.settimeout(20)
                    connection.recv(65_536)
                    talk(connection)
                except OSError:
                    pass

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


def endless_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")


def endless_head(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"x-more: " + b"x" * 60_000 + b"\r\n")


def drop_by_drop(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    for _ in range(1_000):
        connection.sendall(b"x")
        time.sleep(0.2)


def nothing(connection: socket.socket) -> None:
    connection.recv(1)


def garbage(connection: socket.socket) -> None:
    connection.sendall(b"\x00\xff\x16\x03" * 1_000)


LIARS: list[tuple[Callable[[socket.socket], None], str, dict[str, str], bool]] = [
    # That the peer took it is said in the first line.
    (endless_body, "webhook", {}, True),
    (endless_body, "slack", {"channel": "#x"}, False),
    (endless_head, "webhook", {}, False),
    (drop_by_drop, "webhook", {}, False),
    (nothing, "webhook", {}, False),
    (garbage, "webhook", {}, False),
]


@pytest.mark.parametrize(("talk", "kind", "settings", "delivered"), LIARS)
def test_a_receiver_that_is_slow_or_lies(
    start: Callable[..., Server], talk: Callable[[socket.socket], None], kind: str, settings: dict[str, str], delivered: bool
) -> None:
    server = start(**LOOPBACK)
    with raw_peer(talk) as url:
        if kind == "slack":
            identifier = channel(server, kind, settings | {"base_url": url}, {"token": "xoxb-1"})
        else:
            identifier = channel(server, kind, settings, {"url": url})
        answer = try_out(server, identifier)
    assert answer["delivered"] is delivered and len(answer["answer"]) <= 400, answer


def test_a_receiver_that_asks_for_a_year_gets_an_hour(start: Callable[..., Server]) -> None:
    server = start(**LOOPBACK)
    with peer(lambda call: (429, {"retry-after": str(365 * 86_400)}, b"later")) as hook:
        channel(server, "webhook", {}, {"url": hook.url})
        route(server, {"channel": "ops"})
        post(server, {"alertname": "A"})
        wait_until(lambda: len(hook.calls) == 1, 20, "it was tried")
        wait_until(lambda: server.api(f"{BASE}/alert-deliveries/")[0]["attempts"] == 1, 20, "the try is noted")
        (delivery,) = server.api(f"{BASE}/alert-deliveries/")
        assert delivery["state"] == "waiting", delivery
        due = delivery["due"]
        assert due < time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 3_660)), delivery


def test_a_receiver_that_says_yes_with_garbage(start: Callable[..., Server]) -> None:
    """Vendors that say in the body whether they took it are not believed without."""
    server = start(**LOOPBACK)
    with peer(lambda call: (200, {}, b"<html>captive portal</html>")) as portal:
        for kind, settings, secrets in (
            ("slack", {"channel": "#x", "base_url": portal.url}, {"token": "xoxb-1"}),
            ("telegram", {"chat_id": "1", "base_url": portal.url}, {"token": "1:x"}),
            ("jira", {"base_url": portal.url, "project": "OPS"}, {"token": "of jira"}),
        ):
            answer = try_out(server, channel(server, kind, settings, secrets, name=kind))
            assert not answer["delivered"] and "not as expected" in answer["answer"], (kind, answer)


INNER = [
    "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/", "http://[::ffff:127.0.0.1]/", "http://[::1]/",
    "http://[::ffff:a9fe:a9fe]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://0/", "http://localhost/",
    "http://169.254.169.254/latest/meta-data/", "http://100.100.100.200/", "http://10.0.0.1/",
]  # fmt: skip


def test_ssrf_an_inner_address_in_any_spelling(start: Callable[..., Server]) -> None:
    server = start()
    for place in INNER:
        answer = try_out(server, channel(server, "webhook", {}, {"url": place}, name=place))
        assert not answer["delivered"] and "not on the public internet" in answer["answer"], (place, answer)
    for place in ("http://good.example@127.0.0.1/", "http://u:p@127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://"):
        body = {"kind": "webhook", "name": place, "secrets": {"url": place}}
        refused(server, f"{BASE}/alert-channels/", body, "url", "address")


def test_ssrf_a_redirect_leads_nowhere(start: Callable[..., Server]) -> None:
    server = start(**LOOPBACK)
    with peer() as inner:
        for status in (301, 302, 303, 307, 308):
            with peer(lambda call, status=status: (status, {"location": inner.url}, b"")) as away:  # type: ignore[misc]
                answer = try_out(server, channel(server, "webhook", {}, {"url": away.url}, name=f"r{status}"))
                assert not answer["delivered"] and "redirects are not followed" in answer["answer"], answer
        assert inner.calls == []


HOSTILE = (
    "{{ 7*7 }} ${7*7} <script>alert(1)</script> <!channel> <@U1> <https://evil.example|click> @everyone @here "
    "[x](https://evil.example) *b* {color:red}j{color} [~admin] !img.png!\r\nBcc: evil@example.com"
)


def test_hostile_text_is_shown_as_text_by_every_channel(start: Callable[..., Server]) -> None:
    kinds: list[tuple[str, Callable[[str], dict[str, str]], Callable[[str], dict[str, str]], bytes]] = [
        ("slack", lambda url: {"channel": "#a", "base_url": url}, lambda url: {"token": "x"}, b'{"ok":true,"channel":"C","ts":"1"}'),
        ("discord", lambda url: {}, lambda url: {"webhook_url": url}, b""),
        ("mattermost", lambda url: {}, lambda url: {"webhook_url": url}, b"ok"),
        ("msteams", lambda url: {}, lambda url: {"webhook_url": url}, b"1"),
        ("telegram", lambda url: {"base_url": url, "chat_id": "1"}, lambda url: {"token": "1:x"}, b'{"ok":true,"result":{}}'),
        ("jira", lambda url: {"base_url": url, "project": "OPS"}, lambda url: {"token": "of jira"}, b'{"key":"OPS-1"}'),
        ("pagerduty", lambda url: {"base_url": url}, lambda url: {"routing_key": "R" * 32}, b"{}"),
        ("opsgenie", lambda url: {"base_url": url}, lambda url: {"api_key": "k"}, b"{}"),
        ("webhook", lambda url: {}, lambda url: {"url": url}, b""),
    ]
    with mail_server() as (mailbox, settings), ExitStack() as stack:
        server = start(**(LOOPBACK | settings))
        peers = {}
        for kind, setting, secret, answer in kinds:
            peers[kind] = stack.enter_context(peer(lambda call, answer=answer: (200, {}, answer)))  # type: ignore[misc]
            channel(server, kind, setting(peers[kind].url), secret(peers[kind].url), name=kind)
        targets = [{"channel": kind} for kind, *_ in kinds] + [{"mail": "oncall@example.com"}]
        routing = {"route": {"receiver": "all", "group_wait": "0s"}, "receivers": [{"name": "all", "targets": targets}]}
        server.api(f"{BASE}/alert-routing/", "PUT", routing)
        labels = {"alertname": HOSTILE, "service": HOSTILE, "severity": "critical"}
        body = json.dumps([{"labels": labels, "annotations": {"summary": HOSTILE, "description": HOSTILE}}])
        assert server.request("POST", "/api/v2/alerts", body.encode(), HEADERS).status == 200
        for kind, known in peers.items():
            wait_until(lambda known=known: bool(known.calls), 30, f"{kind} was told")
        wait_until(lambda: bool(mailbox.mails), 30, "the mail is there")
    said = {kind: known.calls[0].json() for kind, known in peers.items()}

    slack = json.dumps(said["slack"], ensure_ascii=False)
    assert all(word not in slack for word in ("<!channel", "<@U1", "<https://evil", "<script")) and "&lt;!channel&gt;" in slack
    texts = [part for block in said["slack"]["blocks"] for part in (block.get("text"), *block.get("elements", [])) if part]
    assert all(part["verbatim"] is True for part in texts if part["type"] == "mrkdwn")
    # Neither reads markup in footers.
    said["discord"]["embeds"][0].pop("footer")
    said["mattermost"]["attachments"][0].pop("footer")
    for kind in ("discord", "mattermost", "msteams"):
        text = json.dumps(said[kind], ensure_ascii=False)
        assert all(word not in text for word in ("[x](", " <script", " *b*", "{{ 7")), (kind, text)
    assert said["discord"]["allowed_mentions"] == {"parse": []}
    assert all(word not in json.dumps(said["mattermost"], ensure_ascii=False) for word in ("@everyone", "@here"))
    telegram = said["telegram"]["text"]
    assert "<script" not in telegram and "&lt;script&gt;" in telegram
    description = said["jira"]["fields"]["description"]
    assert description.count("{noformat}") == 2 and "{color" not in description
    assert description.index("{noformat}") < description.index("[~admin]") < description.rindex("{noformat}")
    assert "\n" not in said["jira"]["fields"]["summary"]
    # Programs get what was said, and it is JSON to the end.
    assert said["webhook"]["data"]["event"]["title"] == HOSTILE
    assert said["pagerduty"]["payload"]["summary"].count("\n") == 0
    assert said["opsgenie"]["message"].count("\n") == 0
    to, mail = mailbox.mails[0]
    assert to == ["oncall@example.com"] and mail["bcc"] is None
    assert "\n" not in mail["subject"] and "\r" not in mail["subject"]
    page = mail.get_body(("html",)).get_content()
    assert "<script" not in page and "&lt;script&gt;" in page and "src=" not in page
