"""Feature flags: evaluated by SDKs, told by providers' webhooks, suspected of issues."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import re
import subprocess
import sys
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server import ORGANIZATION, READER, TOKEN, Answer, Server, wait_until
from services import otel
from test_sdks import run

HERE = f"/organizations/{ORGANIZATION}"
GUIDE = Path(__file__).parent.parent / "docs" / "guide" / "flags.md"
SECRETS = {
    "generic": "generic-0123456789",
    "openfeature": "openfeature-0123456789",
    "flagd": "flagd-0123456789",
    "launchdarkly": "0123456789abcdef0123456789abcdef",
    "unleash": "unleash-0123456789abcdef01234567",
    "statsig": "webhook-0123456789abcdef01234567",
}


def now(seconds_ago: float = 0) -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=seconds_ago)


def iso(seconds_ago: float = 0) -> str:
    return now(seconds_ago).isoformat()


def millis(seconds_ago: float = 0) -> int:
    return int(now(seconds_ago).timestamp() * 1000)


def generic(flag: str, change: int | str = 1, action: str = "updated", ago: float = 60) -> dict[str, Any]:
    created_by = {"id": "ann@example.com", "type": "email"}
    entry = {"action": action, "change_id": change, "created_at": iso(ago), "created_by": created_by, "flag": flag}
    return {"data": [entry], "meta": {"version": 1}}


def launchdarkly(flag: str) -> dict[str, Any]:
    resource = f"proj/default:env/production:flag/{flag}"
    return {
        "_id": "6718a1", "_accountId": "1234", "date": millis(50), "kind": "flag", "name": f"The flag {flag}",
        "accesses": [{"action": "updateOn", "resource": resource}],
        "description": "* Turned the flag on", "titleVerb": "updated the flag", "comment": "",
        "member": {"_id": "1", "email": "ben@example.com", "firstName": "Ben"},
        "target": {"name": f"The flag {flag}", "resources": [resource]},
        "currentVersion": {"name": f"The flag {flag}", "kind": "boolean", "key": flag, "_version": 2},
    }  # fmt: skip


def unleash(flag: str) -> dict[str, Any]:
    return {
        "id": 28, "type": "feature-environment-enabled", "project": "default", "environment": "production",
        "createdAt": iso(40), "createdBy": "admin", "createdByUserId": 1, "featureName": flag,
        "tags": [{"type": "simple", "value": "wallet"}],
    }  # fmt: skip


def statsig(flag: str) -> dict[str, Any]:
    metadata = {"projectName": "casino", "projectID": "1", "type": "Gate", "name": flag, "action": "created",
                "environments": "production", "description": "Added rule", "tags": [], "targetApps": []}  # fmt: skip
    event = {"user": {"name": "cleo"}, "timestamp": millis(30), "eventName": "statsig::config_change", "metadata": metadata}
    return {"data": [event, event | {"eventName": "statsig::gate_exposure"}]}


BODIES: dict[str, Callable[[str], dict[str, Any]]] = {
    "generic": generic,
    "openfeature": generic,
    "flagd": generic,
    "launchdarkly": launchdarkly,
    "unleash": unleash,
    "statsig": statsig,
}


def signed(provider: str, body: bytes, secret: str) -> dict[str, str]:
    """The headers a provider sends."""

    def sign(message: bytes) -> str:
        return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()

    if provider == "launchdarkly":
        return {"X-LD-Signature": sign(body)}
    if provider == "unleash":
        return {"Authorization": secret}
    if provider == "statsig":
        sent = str(millis())
        return {"X-Statsig-Signature": "v0=" + sign(b"v0:" + sent.encode() + b":" + body), "X-Statsig-Request-Timestamp": sent}
    return {"X-Sentry-Signature": sign(body)}


def tell(server: Server, provider: str, body: Any, secret: str | None = None, **headers: str) -> Answer:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    path = f"/api/0{HERE}/flags/hooks/provider/{provider}/"
    return server.request("POST", path, sent, signed(provider, sent, secret or SECRETS[provider]) | headers)


def set_secret(server: Server, provider: str) -> None:
    server.api(f"{HERE}/flags/signing-secrets/", "POST", {"provider": provider, "secret": SECRETS[provider]})


def log(server: Server, **query: Any) -> list[dict[str, Any]]:
    return server.api(f"{HERE}/flags/logs/?" + urllib.parse.urlencode(query, doseq=True))["data"]


@pytest.fixture
def server(start: Callable[..., Server]) -> Server:
    return start()


@pytest.mark.parametrize("provider", sorted(BODIES))
def test_webhooks_fill_the_log_once_and_only_when_signed(server: Server, provider: str) -> None:
    body = json.dumps(BODIES[provider]("new-payout")).encode()
    assert tell(server, provider, body).status == 401, "nobody has set a secret"
    set_secret(server, provider)
    for wrong in (SECRETS[provider][::-1], SECRETS[provider] + "x"):
        answer = tell(server, provider, body, wrong)
        assert (answer.status, "signature or token" in answer.json()["detail"]) == (401, True)
    path = f"/api/0{HERE}/flags/hooks/provider/{provider}/"
    assert server.request("POST", path, body).status == 401
    if provider != "unleash":
        headers = signed(provider, body, SECRETS[provider])
        assert server.request("POST", path, body + b" ", headers).status == 401, "what is signed is the body"
    assert log(server) == []

    answer = tell(server, provider, body)
    assert (answer.status, answer.json()) == (200, {"stored": 1, "known": 0, "expired": 0})
    assert tell(server, provider, body).json() == {"stored": 0, "known": 1, "expired": 0}
    (entry,) = log(server)
    assert (entry["flag"], entry["provider"]) == ("new-payout", provider)
    assert entry["action"] == ("created" if provider == "statsig" else "updated")
    by = {"launchdarkly": ("ben@example.com", "email"), "unleash": ("1", "id"), "statsig": ("cleo", "name")}
    assert (entry["createdBy"], entry["createdByType"]) == by.get(provider, ("ann@example.com", "email"))
    assert server.api(f"{HERE}/flags/logs/{entry['id']}/")["data"] == entry
    elsewhere = f"/api/0/organizations/nobody/flags/hooks/provider/{provider}/"
    assert server.request("POST", elsewhere, body, signed(provider, body, SECRETS[provider])).status == 401


def test_statsig_gets_its_code_back_before_it_has_a_secret(server: Server) -> None:
    body = json.dumps({"data": {"event": "url_verification", "verification_code": "abc-1"}}).encode()
    path = f"/api/0{HERE}/flags/hooks/provider/statsig/"
    answer = server.request("POST", path, body)
    assert (answer.status, answer.json()) == (200, {"verification_code": "abc-1"})
    assert server.request("POST", path, body + b" " * 5_000).status == 413


def test_bad_webhooks_are_refused_and_nothing_is_kept(server: Server) -> None:
    set_secret(server, "generic")
    good = generic("a")["data"][0]
    for body, status, told in [
        (b"{", 400, "not JSON"),
        (b"[]", 400, "Expected a list"),
        ({"data": [good, {}]}, 400, "[1].action"),
        ({"data": [good, good | {"flag": "x" * 257, "change_id": 2}]}, 400, "256 characters"),
        ({"data": [good, good | {"created_at": iso(-2 * 86_400)}]}, 400, "future"),
        ({"data": [good] * 1_001}, 400, "at most 1000"),
        (b'{"data": ["' + b"x" * 1_100_000 + b'"]}', 413, "1048576 bytes"),
    ]:
        answer = tell(server, "generic", body)
        assert (answer.status, told in answer.body.decode()) == (status, True), answer.body
    assert tell(server, "generic", {"data": []}).json()["stored"] == 0
    body = b"{}"
    unknown = f"/api/0{HERE}/flags/hooks/provider/growthbook/"
    assert server.request("POST", unknown, body, signed("generic", body, SECRETS["generic"])).status == 404
    assert log(server) == []


def test_the_log_is_filtered_sorted_and_paged(server: Server) -> None:
    set_secret(server, "generic")
    set_secret(server, "unleash")
    entries = [generic(flag, number, ago=ago)["data"][0] for number, (flag, ago) in enumerate([("b", 300), ("a", 200), ("b", 100)])]
    old = generic("old", 9, "created", 80 * 86_400)["data"]
    assert tell(server, "generic", {"data": entries + old}).json()["stored"] == 4
    assert tell(server, "unleash", unleash("c")).status == 200

    def flags(**query: Any) -> list[str]:
        return [entry["flag"] for entry in log(server, **query)]

    assert flags() == ["c", "b", "a", "b", "old"]
    assert flags(statsPeriod="1h") == ["c", "b", "a", "b"]
    assert flags(statsPeriod="1h", sort="created_at") == ["b", "a", "b", "c"]
    assert flags(sort="flag") == ["a", "b", "b", "c", "old"]
    assert flags(flag=["a", "c"]) == ["c", "a"]
    assert flags(provider="unleash") == ["c"]
    assert flags(start=iso(250), end=iso(150)) == ["a"]
    assert [entry["flag"] for entry in server.pages(f"{HERE}/flags/logs/", per_page=2)] == flags()
    for wrong in ("sort=size", "provider=nobody", "start=yesterday&end=today", "cursor=x"):
        answer = server.request("GET", f"/api/0{HERE}/flags/logs/?{wrong}", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status == 400, wrong
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert server.request("GET", f"/api/0{HERE}/flags/logs/99999/", headers=headers).status == 404


def test_secrets_are_shown_to_nobody_and_set_by_few(server: Server) -> None:
    path = f"/api/0{HERE}/flags/signing-secrets/"

    def ask(method: str, token: str, body: Any = None, more: str = "") -> Answer:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return server.request(method, path + more, None if body is None else json.dumps(body).encode(), headers)

    new = {"provider": "generic", "secret": SECRETS["generic"]}
    assert ask("POST", READER, new).status == 403 and ask("GET", READER).status == 403
    for wrong in [{"provider": "x", "secret": "0123456789"}, {"provider": "generic", "secret": "short"},
                  {"provider": "statsig", "secret": "0" * 32}]:  # fmt: skip
        assert ask("POST", TOKEN, wrong).status == 400, wrong
    assert ask("POST", TOKEN, new).status == 201
    (shown,) = ask("GET", TOKEN).json()["data"]
    assert shown["provider"] == "generic" and re.fullmatch(r"gen\*+", shown["secret"])
    files = [path for path in server.data.iterdir() if path.name.startswith("meta.sqlite")]
    assert files and not any(SECRETS["generic"].encode() in file.read_bytes() for file in files)
    # A new one replaces it at once, and lasts as long as the server's folder.
    assert tell(server, "generic", generic("a", 1)).status == 200
    assert ask("POST", TOKEN, new | {"secret": "another-0123456789"}).status == 201
    assert tell(server, "generic", generic("a", 2)).status == 401
    server.stop()
    server.start()
    assert tell(server, "generic", generic("a", 3), "another-0123456789").status == 200
    (shown,) = ask("GET", TOKEN).json()["data"]
    assert ask("DELETE", READER, more=f"{shown['id']}/").status == 403
    assert ask("DELETE", TOKEN, more=f"{shown['id']}/").status == 204
    assert tell(server, "generic", generic("a", 4), "another-0123456789").status == 401
    headers = {"Authorization": f"Bearer {READER}"}
    assert server.request("GET", f"/api/0{HERE}/flags/logs/", headers=headers).status == 403


def test_python_flags_are_found_and_the_planted_one_is_suspect(server: Server) -> None:
    """The SDK's own function and its integration of OpenFeature."""
    set_secret(server, "generic")
    told = [("new-payout", 1, 120), ("new-payout", 2, 7_200), ("noise-1", 3, 60)]
    entries = [generic(flag, change, ago=ago)["data"][0] for flag, change, ago in told]
    assert tell(server, "generic", {"data": entries}).status == 200
    counts = json.loads(run(sys.executable, "python_flags.py", server.dsn(1), "400"))
    assert counts["PayoutError"] >= 20

    def rows() -> dict[str, Any]:
        return {row["title"].split(":")[0]: row for row in server.issues(1)}

    wait_until(lambda: sum(int(row["count"]) for row in rows().values()) == 400, 30, "all errors are there")
    issue = rows()["PayoutError"]["id"]
    assert [row["id"] for row in server.issues(1, "flags[new-payout]:true !flags[noise-3]:x error.type:PayoutError")] == [issue]
    assert server.issues(1, "error.type:PayoutError flags[new-payout]:false") == []

    answer = server.api(f"{HERE}/issues/{issue}/suspect/flags/")
    suspects = [flag for flag in answer["data"] if not flag["is_filtered"]]
    assert [(flag["flag"], flag["result"], flag["verdict"]) for flag in suspects] == [("new-payout", "true", "significant")]
    (suspect,) = suspects
    assert suspect["events"] == [counts["PayoutError"]] * 2 and suspect["p"] < 1e-9
    assert suspect["other_events"][1] == counts["LimitError"]
    assert suspect["distribution"]["outliers"] == {"true": counts["PayoutError"]}
    assert sum(suspect["distribution"]["baseline"].values()) == counts["LimitError"]
    changes = suspect["changes"]
    assert [entry["createdAt"] for entry in changes] == sorted((entry["createdAt"] for entry in changes), reverse=True)
    assert {entry["flag"] for entry in changes} == {"new-payout"} and len(changes) == 2
    assert len(answer["data"]) == 21 and "Fisher" in answer["test"]
    other = server.api(f"/issues/{rows()['LimitError']['id']}/suspect/flags/")["data"]
    assert [flag["flag"] for flag in other if not flag["is_filtered"]] in ([], ["new-payout"])

    tags = {tag["key"]: tag for tag in server.api(f"{HERE}/issues/{issue}/tags/?useFlagsBackend=1")}
    assert len(tags) == 21 and "environment" not in tags
    (value,) = tags["new-payout"]["topValues"]
    assert (value["value"], value["count"]) == ("true", counts["PayoutError"])
    assert value["query"] == 'flags[new-payout]:"true"'
    assert len(server.issues(1, value["query"])) >= 1
    keys = {tag["key"] for tag in server.api(f"{HERE}/tags/?useFlagsBackend=1&dataset=errors&project=1")}
    assert "new-payout" in keys and "environment" not in keys
    values = server.api(f"{HERE}/tags/new-payout/values/?useFlagsBackend=1&project=1")
    assert {value["value"] for value in values} == {"true", "false"}
    named = server.api(f"{HERE}/tags/{urllib.parse.quote('flags[new-payout]', safe='')}/values/?project=1")
    assert named == values or {value["value"] for value in named} == {"true", "false"}

    def spans(query: str) -> int:
        text = urllib.parse.urlencode({"dataset": "spans", "field": "count()", "query": query, "project": 1})
        return server.api(f"{HERE}/events/?{text}")["data"][0]["count()"]

    # SDKs put the first ten flags of a span on it, so the planted one is not there.
    wait_until(lambda: spans("flags[noise-0]:true") + spans("flags[noise-0]:false") == 400, 20, "spans have flags")
    assert spans("flags[noise-0]:true") == spans("flag.evaluation.noise-0:true") > 0


def test_node_flags_are_on_errors_and_spans(server: Server) -> None:
    run("node", "node_flags.mjs", server.dsn(1))
    wait_until(lambda: len(server.issues(1, "flags[new-lobby]:true flags[turbo-spin]:false")) == 1, 20, "the error is there")
    assert server.issues(1, "flags[new-lobby]:false") == [], "the last result counts"

    def spans(query: str) -> list[Any]:
        text = urllib.parse.urlencode({"dataset": "spans", "field": ["id", "span.op"], "query": query, "project": 1}, doseq=True)
        return server.api(f"{HERE}/events/?{text}")["data"]

    wait_until(lambda: len(spans("flags[turbo-spin]:false")) == 1, 20, "the span has the flag")


def test_opentelemetry_flags_are_on_spans_and_their_errors(server: Server) -> None:
    run(sys.executable, "python_flags_otel.py", environment=otel(server, 1, "risk"))

    def spans(query: str) -> list[Any]:
        text = urllib.parse.urlencode({"dataset": "spans", "field": ["id", "span.name"], "query": query, "project": 1}, doseq=True)
        return server.api(f"{HERE}/events/?{text}")["data"]

    wait_until(lambda: len(spans("flags[strict-risk]:true flags[risk-model]:forest")) == 1, 20, "the span has the flags")
    wait_until(lambda: len(server.issues(1, "flags[strict-risk]:true flags[risk-model]:forest")) == 1, 20, "the error has them")


def test_the_script_of_the_guide_tells_what_changed_in_flagd(server: Server, tmp_path: Path) -> None:
    set_secret(server, "flagd")
    (script,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    program = tmp_path / "flagd_changes.py"
    program.write_text(script)

    def flag(variant: str) -> dict[str, Any]:
        return {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": variant}

    before, after = tmp_path / "before.json", tmp_path / "after.json"
    before.write_text(json.dumps({"flags": {"kept": flag("on"), "gone": flag("on"), "new-ui": flag("off")}}))
    after.write_text(json.dumps({"flags": {"kept": flag("on"), "new-ui": flag("on"), "fresh": flag("off")}}))
    url = f"{server.url}/api/0{HERE}/flags/hooks/provider/flagd/"
    environment = {"PITWATCH_URL": url, "FLAGD_SECRET": SECRETS["flagd"], "CHANGED_BY": "ann@example.com"}
    command = [sys.executable, str(program), str(before), str(after)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    found = {(entry["flag"], entry["action"], entry["createdBy"]) for entry in log(server)}
    by = "ann@example.com"
    assert found == {("gone", "deleted", by), ("new-ui", "updated", by), ("fresh", "created", by)}
    subprocess.run(command, env=environment, timeout=30, check=True, capture_output=True)
    assert len(log(server)) == 3, "a change is the same however often it is told"
    wrong = subprocess.run(command, env=environment | {"FLAGD_SECRET": "wrong-0123456789"}, capture_output=True, timeout=30)
    assert wrong.returncode != 0
