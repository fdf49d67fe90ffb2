"""Alerts reach people: mail, signed webhooks, the vendors' own shapes, Prometheus and Alertmanager."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trustme
from peers import Call, Peer, Reply, mail_server, peer
from server import ORGANIZATION, READER, TOKEN, Server, free_port, wait_until
from test_sdks import run

BASE = f"/organizations/{ORGANIZATION}"
LOOPBACK = {"alert_allow_networks": "127.0.0.0/8"}


def channel(server: Server, kind: str, settings: dict[str, str], secrets: dict[str, str], name: str = "ops") -> str:
    body = {"kind": kind, "name": name, "settings": settings, "secrets": secrets}
    return str(server.api(f"{BASE}/alert-channels/", "POST", body)["id"])


def route(server: Server, target: dict[str, str]) -> None:
    routing = {
        "route": {"receiver": "team", "group_by": ["alertname"], "group_wait": "0s", "group_interval": "1s"},
        "receivers": [{"name": "team", "targets": [target]}],
    }
    server.api(f"{BASE}/alert-routing/", "PUT", routing)


def post(server: Server, labels: dict[str, str], **more: Any) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    body = json.dumps([{"labels": labels, "annotations": {"summary": "Deposits fail <b>", "description": "7 % fail"}, **more}])
    answer = server.request("POST", "/api/v2/alerts", body.encode(), headers)
    assert answer.status == 200, answer.body


def deliveries(server: Server, state: str = "") -> list[Any]:
    return server.api(f"{BASE}/alert-deliveries/?state={state}")


def test_mail_looks_right_and_follows_its_thread(start: Callable[..., Server]) -> None:
    with mail_server() as (mailbox, settings):
        server = start(**settings)
        route(server, {"mail": "oncall@example.com"})
        post(server, {"alertname": "Deposits", "service": "payments", "severity": "page"})
        wait_until(lambda: len(mailbox.mails) == 1, 20, "the mail is there")
        past = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1))
        post(server, {"alertname": "Deposits", "service": "payments", "severity": "page"}, endsAt=past, startsAt=past)
        wait_until(lambda: len(mailbox.mails) == 2, 400, "its end is told")
    (to, first), (_, second) = mailbox.mails
    assert to == ["oncall@example.com"] and first["to"] == "oncall@example.com"
    assert first["from"] == "Pitwatch <alerts@pitwatch.example>"
    assert first["subject"].endswith("Deposits fail <b>"), first["subject"]
    assert second["subject"].startswith("[alerts] RESOLVED"), second["subject"]
    assert first["references"] and first["references"] == second["references"]
    assert first["message-id"] != second["message-id"]
    assert first["auto-submitted"] == "auto-generated"
    text = first.get_body(("plain",)).get_content()
    page = first.get_body(("html",)).get_content()
    assert "7 % fail" in text and "payments" in text
    assert "Deposits fail &lt;b&gt;" in page and "<b>Deposits" not in page and "src=" not in page


def test_a_webhook_is_signed_and_survives_kill_and_outage(start: Callable[..., Server]) -> None:
    def down(_: Call) -> Reply:
        return 503, {}, b"later"

    with peer(down) as hook:
        server = start(**LOOPBACK)
        channel(server, "webhook", {"url": f"{hook.url}/hook"}, {"secret": "s3cret-of-the-hook"})
        route(server, {"channel": "ops"})
        post(server, {"alertname": "Deposits", "severity": "critical"})
        wait_until(lambda: len(hook.calls) >= 2, 20, "it is tried again")
        server.kill()
        tried = len(hook.calls)
        hook.answer = lambda call: (200, {}, b"ok")
        server.start()
        wait_until(lambda: len(hook.calls) > tried, 40, "it arrives after the outage")
        wait_until(lambda: bool(deliveries(server, "delivered")), 20, "it is noted")
        time.sleep(3)
        assert len(hook.calls) == tried + 1
        keys = {call.headers["idempotency-key"] for call in hook.calls}
        assert len(keys) == 1, keys
        call = hook.calls[-1]
        plain = hmac.new(b"s3cret-of-the-hook", call.body, hashlib.sha256).hexdigest()
        assert call.headers["sentry-hook-signature"] == plain
        assert call.headers["sentry-hook-resource"] == "event_alert"
        stamp = dict(part.split("=") for part in call.headers["x-pitwatch-signature"].split(","))
        signed = f"{stamp['t']}.".encode() + call.body
        assert stamp["v1"] == hmac.new(b"s3cret-of-the-hook", signed, hashlib.sha256).hexdigest()
        assert call.json()["action"] == "triggered" and call.json()["data"]["event"]["title"] == "Deposits fail <b>"
        detail = server.api(f"{BASE}/alert-deliveries/{deliveries(server)[0]['id']}/")
        assert [attempt["status"] for attempt in detail["log"]][-1] == 200
        assert all("s3cret" not in json.dumps(page) for page in (detail, server.api(f"{BASE}/alert-channels/")))
    assert "s3cret" not in (server.folder / "server.log").read_text()


def try_out(server: Server, identifier: str) -> Any:
    return server.api(f"{BASE}/alert-channels/{identifier}/test/", "POST")


def test_peers_that_must_not_be_called_or_lie(start: Callable[..., Server]) -> None:
    with peer() as inner:
        server = start()
        for place in (inner.url, "http://localhost:1/", "http://169.254.169.254/latest/", "http://[::1]:1/", "http://0x7f000001/"):
            answer = try_out(server, channel(server, "webhook", {"url": place}, {}, name=place))
            assert not answer["delivered"] and "not on the public internet" in answer["answer"], (place, answer)
        assert not inner.calls
    with peer() as odd:
        server = start(**LOOPBACK)
        identifier = channel(server, "webhook", {"url": odd.url}, {})
        odd.answer = lambda call: (302, {"location": "http://127.0.0.1:1/"}, b"")
        assert "redirects are not followed" in try_out(server, identifier)["answer"]
        odd.answer = lambda call: (400, {}, b"x" * 50_000_000)
        assert len(try_out(server, identifier)["answer"]) <= 400

        def slow(_: Call) -> Reply:
            time.sleep(15)
            return 200, {}, b""

        odd.answer = slow
        began = time.monotonic()
        assert "no answer" in try_out(server, identifier)["answer"] and time.monotonic() - began < 14


def test_who_may_do_what(start: Callable[..., Server]) -> None:
    server = start()
    nobody = {"Content-Type": "application/json"}
    reader = nobody | {"Authorization": f"Bearer {READER}"}
    for method, path in (("POST", "/api/v2/alerts"), ("GET", "/api/v2/alerts"), ("GET", "/api/v2/silences")):
        assert server.request(method, path, b"[]" if method == "POST" else None, nobody).status == 401
        assert server.request(method, path, b"[]" if method == "POST" else None, reader).status == 403
    body = json.dumps({"kind": "webhook", "name": "x", "settings": {"url": "https://example.com/"}}).encode()
    assert server.request("POST", f"/api/0{BASE}/alert-channels/", body, reader).status == 403
    for path in ("slack/1/", "jira/1/"):
        assert server.request("POST", f"/api/0/alert-hooks/{path}", b"payload={}", nobody).status == 401


def check_slack(call: Call) -> None:
    body = call.json()
    assert call.path == "/chat.postMessage" and call.headers["authorization"] == "Bearer xoxb-1"
    assert body["channel"] == "#alerts" and body["text"] and len(body["blocks"]) <= 50
    assert all(block["type"] in ("section", "context", "actions", "divider") for block in body["blocks"])


def check_pagerduty(call: Call) -> None:
    body = call.json()
    assert call.path == "/v2/enqueue" and body["routing_key"] == "R" * 32 and body["event_action"] == "trigger"
    assert body["payload"]["severity"] in ("info", "warning", "error", "critical") and body["payload"]["source"]
    assert len(body["dedup_key"]) <= 255 and len(body["payload"]["summary"]) <= 1024


def check_jira(call: Call) -> None:
    fields = call.json()["fields"]
    assert call.path == "/rest/api/2/issue" and call.headers["authorization"].startswith("Basic ")
    assert fields["project"] == {"key": "OPS"} and fields["issuetype"] == {"name": "Bug"} and len(fields["summary"]) <= 255


def check_opsgenie(call: Call) -> None:
    body = call.json()
    assert call.path == "/v2/alerts" and call.headers["authorization"] == "GenieKey key"
    assert len(body["message"]) <= 130 and body["priority"] in ("P1", "P2", "P3", "P4", "P5")


def check_telegram(call: Call) -> None:
    body = call.json()
    assert call.path == "/bot1:x/sendMessage" and body["chat_id"] == "-100" and body["parse_mode"] == "HTML"


def check_discord(call: Call) -> None:
    body = call.json()
    assert body["allowed_mentions"] == {"parse": []} and len(body["embeds"]) == 1


def check_teams(call: Call) -> None:
    body = call.json()
    card = body["attachments"][0]
    assert body["type"] == "message" and card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["content"]["type"] == "AdaptiveCard" and len(call.body) < 28_000


def check_mattermost(call: Call) -> None:
    body = call.json()
    assert body["text"] and body["attachments"][0]["fallback"]


Vendor = tuple[str, Callable[[str], dict[str, str]], Callable[[str], dict[str, str]], bytes, Callable[[Call], None]]
VENDORS: list[Vendor] = [
    (
        "slack",
        lambda url: {"channel": "#alerts", "base_url": url},
        lambda url: {"token": "xoxb-1"},
        b'{"ok":true,"channel":"C1","ts":"1.2"}',
        check_slack,
    ),
    ("pagerduty", lambda url: {"base_url": url}, lambda url: {"routing_key": "R" * 32}, b'{"status":"success"}', check_pagerduty),
    (
        "jira",
        lambda url: {"base_url": url, "email": "a@b.example", "project": "OPS"},
        lambda url: {"token": "t"},
        b'{"id":"1","key":"OPS-1"}',
        check_jira,
    ),
    ("opsgenie", lambda url: {"base_url": url}, lambda url: {"api_key": "key"}, b'{"requestId":"1"}', check_opsgenie),
    (
        "telegram",
        lambda url: {"base_url": url, "chat_id": "-100"},
        lambda url: {"token": "1:x"},
        b'{"ok":true,"result":{}}',
        check_telegram,
    ),
    ("discord", lambda url: {}, lambda url: {"webhook_url": url}, b"", check_discord),
    ("msteams", lambda url: {}, lambda url: {"webhook_url": url}, b"1", check_teams),
    ("mattermost", lambda url: {}, lambda url: {"webhook_url": url}, b"ok", check_mattermost),
]


def test_vendors_get_what_they_publish(start: Callable[..., Server]) -> None:
    server = start(**LOOPBACK)
    for kind, settings, secrets, answer, check in VENDORS:
        with peer(lambda call, answer=answer: (200, {}, answer)) as vendor:  # type: ignore[misc]
            identifier = channel(server, kind, settings(vendor.url), secrets(vendor.url), name=kind)
            result = try_out(server, identifier)
            assert result["delivered"], (kind, result)
            assert len(vendor.calls) == 1, kind
            assert vendor.calls[0].headers["idempotency-key"], kind
            check(vendor.calls[0])
    channel(server, "webhook", {"url": "https://hooks.example/s3cret"}, {}, name="said as a setting")
    shown = json.dumps(server.api(f"{BASE}/alert-channels/"))
    assert "xoxb-1" not in shown and "R" * 32 not in shown and "s3cret" not in shown
    with peer(lambda call: (200, {}, b'{"ok":false,"error":"channel_not_found"}')) as slack:
        identifier = channel(server, "slack", {"channel": "#x", "base_url": slack.url}, {"token": "xoxb-2"}, name="gone")
        assert try_out(server, identifier)["answer"] == "channel_not_found"


def press(server: Server, identifier: str, payload: dict[str, Any], secret: str = "shhh") -> int:
    """Sends a press of a button as Slack does."""
    body = urllib.parse.urlencode({"payload": json.dumps(payload)}).encode()
    moment = str(int(time.time()))
    proof = "v0=" + hmac.new(secret.encode(), b"v0:" + moment.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": moment,
        "X-Slack-Signature": proof,
    }
    return server.request("POST", f"/api/0/alert-hooks/slack/{identifier}/", body, headers).status


def test_slack_s_buttons_act_and_slack_is_told(start: Callable[..., Server]) -> None:
    server = start(**LOOPBACK)
    with peer(lambda call: (200, {}, b'{"ok":true,"channel":"C1","ts":"1.2"}')) as slack:
        secrets = {"token": "xoxb-1", "signing_secret": "shhh"}
        identifier = channel(server, "slack", {"channel": "#alerts", "base_url": slack.url}, secrets)
        rule = {"name": "All", "when": ["new issue"], "then": [f"slack workspace={identifier} channel=#alerts"]}
        server.api(f"/projects/{ORGANIZATION}/project-1/rules/", "POST", rule)
        event = run(sys.executable, "python_payment.py", server.dsn(1), "PaymentError", "production").strip()
        server.wait_event(1, event)
        wait_until(lambda: len(slack.calls) == 1, 20, "Slack has the message")
        message = slack.calls[0].json()
        buttons = next(block for block in message["blocks"] if block["type"] == "actions")
        assert [element["action_id"] for element in buttons["elements"]] == ["resolve_dialog", "archive_dialog", "silence", "assign"]
        payload = {
            "type": "block_actions",
            "user": {"username": "ann"},
            "message": {"blocks": message["blocks"]},
            "response_url": f"{slack.url}/actions/T1/2/x",
            "actions": [{"action_id": "resolve_dialog"}],
        }
        assert press(server, identifier, payload, "guessed") == 401
        assert press(server, identifier, payload) == 200
        (issue,) = server.api(f"{BASE}/issues/?query=")
        assert issue["status"] == "resolved"
        wait_until(lambda: len(slack.calls) == 2, 10, "Slack is told what was done")
        told = slack.calls[1]
        assert told.path == "/actions/T1/2/x" and told.json()["text"] == "ann has resolved it."
        assert told.json()["replace_original"] is False
        # Whoever knows the secret must not make us call other addresses.
        with peer(lambda call: (200, {}, b"")) as stranger:
            elsewhere = payload | {"response_url": stranger.url, "actions": [{"action_id": "archive_dialog"}]}
            assert press(server, identifier, elsewhere) == 200
            (issue,) = server.api(f"{BASE}/issues/?query=")
            assert issue["status"] == "ignored"
            # What is sent is sent in order of presses: the next answer is there, so this one never was.
            assert press(server, identifier, payload) == 200
            wait_until(lambda: len(slack.calls) == 3, 10, "the next press is answered")
            assert stranger.calls == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_mail_is_private_and_says_who_sends(
    start: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with mail_server(security, tls) as (mailbox, settings):

        def mail(**more: str) -> Any:
            server = start(**settings | more)
            return try_out(server, channel(server, "mail", {"to": "oncall@example.com"}, {}))

        with monkeypatch.context() as trusting:
            trusting.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
            told = mail()
            assert told["delivered"], told
            guessed = mail(smtp_password="guessed")
            assert not guessed["delivered"] and "535" in guessed["answer"], guessed
            assert "guessed" not in guessed["answer"]
            # A server that waits for TLS and one that waits for STARTTLS say that differently: not at all, and no.
            in_the_clear = mail(smtp_security="plain")
            assert not in_the_clear["delivered"] and ("530" if security == "starttls" else "no answer") in in_the_clear["answer"]
        stranger = mail()
        assert not stranger["delivered"] and "certificate" in stranger["answer"], stranger
    assert [to for to, _ in mailbox.mails] == [["oncall@example.com"]] and mailbox.private == [True]


def amtool(server: Server, *arguments: str) -> str:
    url = server.url.replace("http://", f"http://amtool:{TOKEN}@")
    command = ["amtool", f"--alertmanager.url={url}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_amtool_posts_queries_and_silences(start: Callable[..., Server]) -> None:
    server = start()
    amtool(server, "alert", "add", "alertname=Slow", "service=pay", "--annotation=summary=It is slow")
    wait_until(lambda: "Slow" in amtool(server, "alert", "query"), 20, "the alert is there")
    silence = amtool(server, "silence", "add", "service=pay", "--comment=known", "--author=me", "--duration=1h").strip()
    assert "Slow" not in amtool(server, "alert", "query")
    assert "Slow" in amtool(server, "alert", "query", "--silenced")
    assert silence in amtool(server, "silence", "query")
    amtool(server, "silence", "expire", silence)
    assert "Slow" in amtool(server, "alert", "query")
    assert silence in amtool(server, "silence", "query", "--expired")


def test_alertmanagers_list_says_of_each_alert_where_it_stands(start: Callable[..., Server]) -> None:
    with peer() as hook:
        server = start(**LOOPBACK)
        for name in ("ops", "dev"):
            channel(server, "webhook", {}, {"url": hook.url}, name=name)
        routing = {
            "route": {"receiver": "ops", "group_wait": "0s", "group_by": ["alertname"],
                      "routes": [{"matchers": ["team=\"dev\""], "receiver": "dev", "continue": True},
                                 {"matchers": ["team=~\".+\""], "receiver": "ops"}]},
            "receivers": [{"name": name, "targets": [{"channel": name}]} for name in ("ops", "dev")],
            "inhibit_rules": [{"source_matchers": ["severity=\"critical\""], "target_matchers": ["severity=\"warning\""],
                               "equal": ["service"]}],
        }  # fmt: skip
        server.api(f"{BASE}/alert-routing/", "PUT", routing)
        silence = {"matchers": ["service=\"quiet\""], "endsAt": "2099-01-01T00:00:00Z"}
        server.api(f"{BASE}/alert-silences/", "POST", silence)
        post(server, {"alertname": "Both", "team": "dev", "service": "both"})
        post(server, {"alertname": "One", "service": "down", "severity": "critical"})
        post(server, {"alertname": "Quiet", "service": "quiet"})
        wait_until(lambda: len(hook.calls) == 3, 20, "both receivers are told")
        post(server, {"alertname": "Behind", "service": "down", "severity": "warning"})
        headers = {"Authorization": f"Bearer {TOKEN}"}

        def listed(query: str = "") -> dict[str, tuple[list[str], str]]:
            found = server.request("GET", f"/api/v2/alerts?{query}", headers=headers).json()
            receivers = {one["labels"]["alertname"]: [it["name"] for it in one["receivers"]] for one in found}
            return {one["labels"]["alertname"]: (receivers[one["labels"]["alertname"]], one["status"]["state"]) for one in found}

        wanted = {
            "Both": (["dev", "ops"], "active"), "One": (["ops"], "active"),
            "Quiet": (["ops"], "suppressed"), "Behind": (["ops"], "suppressed"),
        }  # fmt: skip
        wait_until(lambda: listed() == wanted, 20, "all of them are shown")
        assert set(listed("receiver=dev")) == {"Both"}
        assert set(listed("inhibited=false&silenced=false")) == {"Both", "One"}


def test_prometheus_posts_its_alerts_to_us(start: Callable[..., Server], tmp_path: Path) -> None:
    server = start()
    rules = {"groups": [{"name": "g", "interval": "1s", "rules": [
        {"alert": "Always", "expr": "vector(1)", "labels": {"severity": "warning"}, "annotations": {"summary": "always on"}}
    ]}]}  # fmt: skip
    (tmp_path / "rules.yml").write_text(json.dumps(rules))
    config = {
        "global": {"evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "alerting": {"alertmanagers": [{
            "static_configs": [{"targets": [f"127.0.0.1:{server.port}"]}],
            "authorization": {"credentials": TOKEN},
        }]},
    }  # fmt: skip
    (tmp_path / "prometheus.yml").write_text(json.dumps(config))
    command = [
        "prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data",
        f"--web.listen-address=127.0.0.1:{free_port()}",
        # It knows of us only after its first try.
        "--rules.alert.resend-delay=1s",
    ]  # fmt: skip
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_until(lambda: bool(server.api(f"{BASE}/alerts/")), 60, "the alert is there")
    finally:
        process.terminate()
        process.wait(20)
    (alert,) = server.api(f"{BASE}/alerts/")
    assert alert["labels"]["alertname"] == "Always" and alert["state"] == "firing"
    assert alert["annotations"]["summary"] == "always on"


def test_a_real_alertmanager_gets_ours(start: Callable[..., Server], tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "am.yml").write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
    command = [
        "prometheus-alertmanager", f"--config.file={tmp_path}/am.yml", f"--storage.path={tmp_path}/am",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    ]  # fmt: skip
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        server = start(**LOOPBACK)
        channel(server, "alertmanager", {"urls": f"http://127.0.0.1:{port}"}, {})
        route(server, {"channel": "ops"})
        post(server, {"alertname": "Deposits", "service": "payments"})
        url = f"http://127.0.0.1:{port}"

        def query() -> str:
            return subprocess.run(["amtool", f"--alertmanager.url={url}", "alert", "query"], capture_output=True, text=True).stdout

        wait_until(lambda: "Deposits" in query(), 60, "the alert is there")
        past = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1))
        post(server, {"alertname": "Deposits", "service": "payments"}, startsAt=past, endsAt=past)
        wait_until(lambda: "Deposits" not in query(), 60, "it is over there, too")
    finally:
        process.terminate()
        process.wait(20)


def signed(body: bytes, secret: str) -> dict[str, str]:
    now = str(int(time.time()))
    signature = hmac.new(secret.encode(), f"v0:{now}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": f"v0={signature}", "Content-Type": "application/x-www-form-urlencoded"}


def test_an_alert_is_explained_silenced_and_acknowledged(start: Callable[..., Server]) -> None:
    with peer() as hook:
        server = start(**LOOPBACK)
        channel(server, "webhook", {"url": hook.url}, {})
        route(server, {"channel": "ops"})
        silence = {"matchers": ["service=\"quiet\""], "endsAt": "2099-01-01T00:00:00Z", "comment": "known"}
        created = server.api(f"{BASE}/alert-silences/", "POST", silence)
        post(server, {"alertname": "A", "service": "quiet"})
        post(server, {"alertname": "B", "service": "pay", "severity": "page"})
        wait_until(lambda: len(hook.calls) == 1, 20, "one of them is told")
        alerts = {alert["labels"]["alertname"]: alert for alert in server.api(f"{BASE}/alerts/")}
        assert (alerts["A"]["status"], alerts["B"]["status"]) == ("silenced", "notified")
        why = server.api(f"{BASE}/alerts/{alerts['A']['fingerprint']}/explain/")
        assert [decision["sentence"] for decision in why["decisions"]] == [f"Silenced by silence {created['id']}."]
        (incident,) = server.api(f"{BASE}/alert-incidents/")
        assert incident["state"] == "open" and incident["symptoms"] == [alerts["B"]["fingerprint"]]
        place = f"{BASE}/alert-incidents/{incident['id']}/"
        server.api(f"{place}acknowledge/", "POST", {"minutes": 30, "acted": True})
        server.api(f"{place}notes/", "POST", {"text": "The provider is slow."})
        wait_until(lambda: server.api(place)["acknowledged"] is not None, 20, "somebody is on it")
        wait_until(lambda: len(hook.calls) == 2, 20, "the peer hears of it")
        assert hook.calls[1].json()["action"] == "acknowledged"
        kinds = [entry["kind"] for entry in server.api(place)["timeline"]]
        assert {"opened", "notified", "note", "acknowledged"} <= set(kinds), kinds
        noise = server.api(f"{BASE}/alert-noise/?statsPeriod=1d")
        assert (noise["all"]["raw"], noise["all"]["notified"], noise["all"]["acted"]) == (2, 1, 1)


def test_on_call_and_escalation(start: Callable[..., Server]) -> None:
    with mail_server() as (mailbox, settings):
        server = start(**settings)
        layer = {"people": ["first@example.com", "second@example.com"], "starts": "2026-01-01T00:00:00Z", "zone": "Europe/Madrid"}
        rotation = server.api(f"{BASE}/on-call/", "POST", {"name": "primary", "layers": [layer]})
        assert rotation["onCall"] in layer["people"]
        override = {"person": "third@example.com", "from": "2026-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z"}
        changed = server.api(f"{BASE}/on-call/{rotation['id']}/overrides/", "POST", override)
        assert changed["onCall"] == "third@example.com"
        steps = [{"waitMinutes": 0, "targets": [{"mail": "boss@example.com"}]}]
        server.api(f"{BASE}/escalation-policies/", "POST", {"name": "up", "steps": steps})
        routing = {
            "route": {"receiver": "team", "group_wait": "0s"},
            "receivers": [{"name": "team", "targets": [{"rotation": "primary"}], "escalation": "up"}],
        }
        server.api(f"{BASE}/alert-routing/", "PUT", routing)
        post(server, {"alertname": "Deposits", "severity": "page"})
        wait_until(lambda: len(mailbox.mails) == 2, 20, "both are told")
    assert [to for to, _ in mailbox.mails] == [["third@example.com"], ["boss@example.com"]]
    assert "Nobody acknowledged" in mailbox.mails[1][1]["subject"]


LISTED: list[tuple[str, Callable[[int], dict[str, Any]]]] = [
    ("alert-channels", lambda n: {"kind": "mail", "name": f"c{n}", "settings": {"to": f"c{n}@example.com"}}),
    ("alert-silences", lambda n: {"matchers": [f"a=\"{n}\""], "endsAt": "2099-01-01T00:00:00Z"}),
    ("alert-maintenance", lambda n: {"name": f"m{n}", "matchers": ["a=\"b\""], "window": {"crontab": "0 3 * * *", "minutes": 5}}),
    ("on-call", lambda n: {"name": f"r{n}", "layers": [{"people": ["a@example.com"], "starts": "2026-01-01T00:00:00Z"}]}),
    ("escalation-policies", lambda n: {"name": f"e{n}", "steps": [{"waitMinutes": 5, "targets": [{"mail": "a@example.com"}]}]}),
    (
        "monitors",
        lambda n: {"name": f"job-{n}", "project": "project-1", "config": {"schedule_type": "interval", "schedule": [1, "day"]}},
    ),
    ("uptime", lambda n: {"name": f"u{n}", "url": f"https://example.com/{n}", "intervalSeconds": 300}),
    (
        "alert-rules",
        lambda n: {
            "name": f"a{n}", "projects": ["project-1"], "dataset": "errors", "aggregate": "count()", "timeWindow": 1,
            "thresholdType": 0, "triggers": [{"label": "critical", "alertThreshold": n + 1, "actions": []}],
        },
    ),
]  # fmt: skip


def test_lists_of_what_people_set_up_have_pages(start: Callable[..., Server]) -> None:
    server = start()
    for place, body in LISTED:
        # An uptime check is made in its project.
        made_at = f"/projects/{ORGANIZATION}/project-1/uptime/" if place == "uptime" else f"{BASE}/{place}/"
        made = {str(server.api(made_at, "POST", body(n))["id"]) for n in range(5)}
        headers = {"Authorization": f"Bearer {TOKEN}"}
        first = server.request("GET", f"/api/0{BASE}/{place}/?per_page=2", headers=headers)
        assert len(first.json()) == 2 and 'rel="next"; results="true"' in first.headers["link"], place
        assert 'rel="previous"; results="false"' in first.headers["link"], place
        listed = [str(row["id"]) for row in server.pages(f"{BASE}/{place}/", per_page=2)]
        assert len(listed) == 5 and set(listed) == made, place
        assert len(server.api(f"{BASE}/{place}/")) == 5, place
        assert server.request("GET", f"/api/0{BASE}/{place}/?cursor=x", headers=headers).status == 400, place


def test_two_who_stand_in_at_once_both_stay_and_odd_fields_are_refused(start: Callable[..., Server]) -> None:
    server = start()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}

    def refused(method: str, place: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = server.request(method, f"/api/0{BASE}/{place}", json.dumps(body).encode(), headers)
        assert answer.status == 400, (answer.status, answer.body)
        return dict(answer.json())

    layer = {"people": ["first@example.com"], "starts": "2026-01-01T00:00:00Z"}
    rotation = server.api(f"{BASE}/on-call/", "POST", {"name": "primary", "layers": [layer]})
    place = f"on-call/{rotation['id']}/"

    def stand_in(year: int) -> None:
        body = {"person": f"p{year}@example.com", "from": f"{year}-01-01T00:00:00Z", "until": f"{year}-02-01T00:00:00Z"}
        server.api(f"{BASE}/{place}overrides/", "POST", body)

    years = range(2030, 2046)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(stand_in, years))
    known = server.api(f"{BASE}/{place}")["overrides"]
    assert sorted(one["person"] for one in known) == [f"p{year}@example.com" for year in years]

    assert "layerz" in refused("PUT", place, {"layerz": []})
    assert "layers.handover" in refused("PUT", place, {"layers": [{**layer, "handover": "09:00"}]})
    odd = {"person": "a@example.com", "from": "2027-01-01T00:00:00Z", "until": "2027-02-01T00:00:00Z", "til": 1}
    assert "til" in refused("POST", f"{place}overrides/", odd)
    shown = server.api(f"{BASE}/{place}")
    assert server.api(f"{BASE}/{place}", "PUT", shown)["layers"] == [layer], "what is shown can be sent back"

    routing = {"route": {"receiver": "team"}, "receivers": [{"name": "team", "targets": [{"mail": "a@example.com"}]}]}
    assert "route.reciever" in refused("PUT", "alert-routing/", {**routing, "route": {"receiver": "team", "reciever": "x"}})
    assert server.api(f"{BASE}/alert-routing/", "PUT", routing) == routing
    assert "route" in refused("PUT", "alert-routing/", {**routing, "route": None})
    empty = server.api(f"{BASE}/alert-routing/", "PUT", {"route": None})
    assert empty == server.api(f"{BASE}/alert-routing/") == {"route": None, "receivers": []}
    assert server.api(f"{BASE}/alert-routing/", "PUT", empty) == empty
