"""From an error to the commit and the line, and back: suspects, links, fixes by message, webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import secrets
import subprocess
import sys
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli import NEW, Cli, Repository
from server import ORGANIZATION, TOKEN, Answer, Server
from test_faults import send

HERE = f"/organizations/{ORGANIZATION}"
AUTHORS = [(name, f"{name.lower()}@example.com") for name in ("Ann", "Ben", "Cleo", "Dan", "Eve")]
MODULES = ["bets", "wallet", "bonus", "rounds", "odds", "cashier", "limits", "reports", "players", "vouchers", "jackpot", "seats"]


def module(name: str, notes: int = 0, bug: str = "") -> str:
    """A module of the app: takes a request, works on it with `money`, both functions deep."""
    body = bug or "return money.add(amount, 1)"
    remarks = "".join(f"# note {number}\n" for number in range(notes))
    return f"{remarks}from app import money\n\n\ndef handle(amount):\n    return work(amount)\n\n\ndef work(amount):\n    {body}\n"


MONEY = "def add(left, right):\n    return left + right\n"
CRASH = """
import importlib, json, sys, traceback
try:
    importlib.import_module("app." + sys.argv[1]).handle(1)
except Exception as error:
    frames = [{"filename": frame.filename.removeprefix(sys.argv[2] + "/"), "abs_path": frame.filename,
               "function": frame.name, "lineno": frame.lineno, "in_app": "/app/" in frame.filename}
              for frame in traceback.extract_tb(error.__traceback__)]
    print(json.dumps({"type": type(error).__name__, "value": str(error), "stacktrace": {"frames": frames}}))
"""


def crash(repository: Repository, name: str) -> dict[str, Any]:
    """Runs a module of the app as it is checked out; the exception with its frames, as an SDK would send it."""
    root = str(repository.folder)
    run = [sys.executable, "-B", "-c", CRASH, name, root]
    done = subprocess.run(run, cwd=root, env={"PYTHONPATH": root}, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def report(server: Server, exception: dict[str, Any], release: str, **fields: Any) -> str:
    """Sends an error event and waits until it is visible; the id of its issue."""
    event = secrets.token_hex(16)
    body = {"event_id": event, "platform": "python", "release": release, "exception": {"values": [exception]}} | fields
    status, _ = send(server, "\n".join([json.dumps({"event_id": event}), '{"type":"event"}', json.dumps(body)]).encode())
    assert status == 200
    return server.wait_event(1, event)["groupID"]


def test_the_suspect_commit_is_the_planted_one(start: Callable[..., Server], tmp_path: Path) -> None:
    """30 commits by 5 authors in three releases, 10 of them with a bug. The dice are from a fixed seed."""
    dice = random.Random(5)
    server = start()
    cli = Cli(server, NEW, tmp_path / "work")
    repository = Repository(cli.folder)
    notes = dict.fromkeys(MODULES, 0)
    bugs: dict[str, str] = {}
    planted: dict[str, tuple[str, tuple[str, str]]] = {}
    fresh = dice.sample(MODULES, 10)
    # Half of the bugs raise where they are, half hand on what makes another file raise.
    kinds = ['raise RuntimeError("{}")', "return money.add(amount, None)"]
    made = 0

    def files() -> dict[str, str]:
        return {f"app/{name}.py": module(name, notes[name], bugs.get(name, "")) for name in MODULES}

    for number in range(3):
        release = f"api@1.{number}.0"
        in_release: list[str] = []
        steps = ["bug"] * (4 if number == 0 else 3) + ["note"] * 4 + ["docs"] * 2
        dice.shuffle(steps)
        if number == 0:
            steps[steps.index("docs")] = "start"
            steps.sort(key=lambda step: step != "start")
        else:
            steps.append("format" if number == 1 else "note")
        for step in steps:
            author, changed = dice.choice(AUTHORS), {}
            if step == "start":
                changed = files() | {"app/money.py": MONEY}
            elif step == "bug":
                name = fresh.pop()
                bugs[name] = dice.choice(kinds).format(name)
                in_release.append(name)
                changed = {f"app/{name}.py": files()[f"app/{name}.py"]}
            elif step == "format":
                notes = {name: count + 1 for name, count in notes.items()}
                changed = files() | {"app/money.py": "# formatted\n" + MONEY}
            elif step == "note":
                name = dice.choice([name for name in MODULES if name not in in_release])
                notes[name] += 1
                changed = {f"app/{name}.py": files()[f"app/{name}.py"]}
            else:
                changed = {f"docs/{made}.md": "words"}
            made += 1
            commit = repository.commit(changed, f"{step} {made}", author)
            if step == "bug":
                planted[in_release[-1]] = (commit, author)
        cli.run("releases", "new", release, "--finalize")
        cli.run("releases", "set-commits", release, "--local", "--initial-depth", "50")
        for name in in_release:
            planted[name] += (report(server, crash(repository, name), release, fingerprint=[name]),)

    assert (made, len(planted)) == (30, 10)
    right = 0
    for name, (commit, author, issue) in planted.items():
        (first, *_) = server.api(f"{HERE}/issues/{issue}/committers/")["committers"]
        shown = server.api(f"{HERE}/issues/{issue}/events/latest/")["suspectCommit"]
        assert shown["id"] == first["commits"][0]["id"] and shown["suspectCommitType"] == "via commit in release"
        if shown["id"] == commit:
            right += 1
            assert first["author"]["email"] == author[1] and shown["files"][0] == f"app/{name}.py"
    assert right >= 9, f"{right} of 10"


def hook(server: Server, url: str, body: Any, **headers: str) -> Answer:
    path = urllib.parse.urlsplit(url).path
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.request("POST", path, body if isinstance(body, bytes) else json.dumps(body).encode(), sent)


def push(*commits: tuple[str, str, str], branch: str = "main") -> dict[str, Any]:
    told = [
        {"id": name * 40, "message": message, "timestamp": "2026-11-21T10:00:00Z", "modified": [path],
         "added": [], "removed": [], "author": {"name": "Ann", "email": "ann@example.com"}}
        for name, message, path in commits
    ]  # fmt: skip
    return {"ref": f"refs/heads/{branch}", "commits": told}


@pytest.mark.parametrize("kind", ["github", "gitlab", "gitea"])
def test_webhooks_tell_of_pushes(start: Callable[..., Server], kind: str) -> None:
    server = start()
    issue = report(server, {"type": "PaymentDeclined", "value": "limit"}, "api@1.0.0")
    url = f"https://{kind}.example.com/acme/casino"
    repository = server.api(f"{HERE}/repos/", "POST", {"name": "acme/casino", "url": url})
    made = server.api(f"{HERE}/repos/{repository['id']}/webhook/", "POST", {})

    def tell(body: Any, event: str = "push", secret: str = made["secret"]) -> Answer:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        signature = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
        if kind == "github":
            return hook(server, made["url"], text, X_GitHub_Event=event, X_Hub_Signature_256=f"sha256={signature}")
        if kind == "gitea":
            return hook(server, made["url"], text, X_Gitea_Event=event, X_Gitea_Signature=signature)
        name = {"push": "Push Hook", "pull_request": "Merge Request Hook"}.get(event, event)
        return hook(server, made["url"], text, X_Gitlab_Event=name, X_Gitlab_Token=secret)

    told = push(("a", "first", "a.py"), ("b", "Merge request", "b.py"), ("c", "third", "c.py"))
    assert tell(told).json() == {"commits": 3}
    assert tell(told).status == 200, "again"
    assert tell({"zen": "x"}, "ping").json() == {"ignored": True}
    assert tell(push(("e", "evil", "a.py")), secret="0" * 64).status == 401
    assert hook(server, made["url"], told).status == 401
    other = "1" if made["url"][-2] == "0" else "0"
    assert hook(server, f"{made['url'][:-2]}{other}/", told).status == 404
    assert tell(b"{").status == 400
    assert tell({"ref": "refs/heads/main", "commits": [{"id": "../../x"}]}).status == 400
    listed = server.api(f"{HERE}/repos/{repository['id']}/commits/")
    assert {commit["id"][0] for commit in listed} == {"a", "b", "c"} and len(listed) == 3

    # A release that is told by its ends has what was pushed between them.
    server.api(f"{HERE}/releases/", "POST", {"version": "api@1.1.0", "projects": ["project-1"]})
    ends = {"repository": "acme/casino", "commit": "c" * 40, "previousCommit": "a" * 40}
    server.api(f"{HERE}/releases/api@1.1.0/", "PUT", {"refs": [ends]})
    commits = server.api(f"{HERE}/releases/api@1.1.0/commits/")
    assert {commit["id"][0] for commit in commits} == {"b", "c"}

    # What a merge request says it fixes, its commit fixes.
    short = server.api(f"{HERE}/issues/{issue}/")["shortId"]
    if kind == "gitlab":
        attributes = {"iid": 7, "title": "Limits", "description": f"Fixes {short}", "state": "merged", "url": f"{url}/7"}
        attributes |= {"merge_commit_sha": "b" * 40, "updated_at": "2026-11-21 10:00:00 UTC"}
        request: dict[str, Any] = {"user": {"name": "Ann"}, "object_attributes": attributes}
    else:
        inner = {"title": "Limits", "body": f"Fixes {short}", "state": "closed", "html_url": f"{url}/7"}
        inner |= {"merged_at": "2026-11-21T10:00:00Z", "merge_commit_sha": "b" * 40, "user": {"login": "ann"}}
        request = {"number": 7, "action": "closed", "pull_request": inner}
    assert tell(request, "pull_request").json() == {"request": 7}
    shown = server.api(f"{HERE}/issues/{issue}/")
    assert (shown["status"], shown["statusDetails"]["inRelease"]) == ("resolved", "api@1.1.0")
    commit = next(commit for commit in server.api(f"{HERE}/releases/api@1.1.0/commits/") if commit["id"][0] == "b")
    assert (commit["pullRequest"]["id"], commit["pullRequest"]["status"]) == ("7", "merged")

    server.api(f"{HERE}/repos/{repository['id']}/webhook/", "DELETE")
    assert tell(told).status == 404


def test_a_commit_message_resolves_an_issue(start: Callable[..., Server], tmp_path: Path) -> None:
    server = start()
    declined = {"type": "PaymentDeclined", "value": "limit"}
    issue = report(server, declined, "api@1.0.0")
    short = server.api(f"{HERE}/issues/{issue}/")["shortId"]
    cli = Cli(server, NEW, tmp_path / "work")
    commit = Repository(cli.folder).commit({"a.py": "one"}, f"limit bets\n\nfixes {short}")
    cli.run("releases", "new", "api@1.1.0", "--finalize")
    cli.run("releases", "set-commits", "api@1.1.0", "--local")

    def shown() -> Any:
        return server.api(f"{HERE}/issues/{issue}/")

    assert (shown()["status"], shown()["statusDetails"]) == ("resolved", {"inRelease": "api@1.1.0"})
    (happened, *_) = shown()["activity"]
    assert happened["type"] == "set_resolved_in_commit"
    assert (happened["data"]["commit"], happened["data"]["version"]) == (commit, "api@1.1.0")
    for release, status in (("api@1.0.9", "resolved"), ("api@1.1.0", "resolved"), ("api@1.10.0", "unresolved")):
        report(server, declined, release)
        assert shown()["status"] == status, release
    assert shown()["substatus"] == "regressed"


def test_frames_lead_to_their_lines(start: Callable[..., Server]) -> None:
    server = start()
    url = "https://gitlab.example.com/acme/casino"
    server.api(f"{HERE}/repos/", "POST", {"name": "acme/casino", "url": url})
    mappings = {"project": "project-1", "repository": "acme/casino", "defaultBranch": "main"}
    mappings |= {"mappings": [{"stackRoot": "app/", "sourceRoot": "src/app/"}]}
    server.api(f"{HERE}/code-mappings/bulk/", "POST", mappings)
    head = "0123456789abcdef0123456789abcdef01234567"
    server.api(f"{HERE}/releases/", "POST", {"version": "api@1.0.0", "projects": ["project-1"]})
    server.api(f"{HERE}/releases/api@1.0.0/", "PUT", {"refs": [{"repository": "acme/casino", "commit": head}]})
    frames = [
        {"filename": "app/bets.py", "function": "place", "lineno": 7, "in_app": True},
        {"filename": "lib/http.py", "function": "send", "lineno": 1, "in_app": False},
    ]
    issue = report(server, {"type": "Boom", "value": "x", "stacktrace": {"frames": frames}}, "api@1.0.0")
    event = server.api(f"{HERE}/issues/{issue}/events/latest/")
    (own, system) = event["entries"][0]["data"]["values"][0]["stacktrace"]["frames"]
    assert own["sourceLink"] == f"{url}/-/blob/{head}/src/app/bets.py#L7" and system["sourceLink"] is None

    def link(what: str, **query: Any) -> Any:
        return server.api(f"/projects/{ORGANIZATION}/project-1/{what}/?{urllib.parse.urlencode(query, doseq=True)}")

    found = link("stacktrace-link", file="app/bets.py", lineNo=7)
    assert found["sourceUrl"] == f"{url}/-/blob/main/src/app/bets.py#L7" and found["config"]["repoName"] == "acme/casino"
    assert link("stacktrace-link", file="app/bets.py", release="api@1.0.0")["sourceUrl"].endswith(f"/{head}/src/app/bets.py")
    assert link("stacktrace-link", file="lib/x.py")["error"] == "stack_root_mismatch"
    both = link("stacktrace-links", file=["app/bets.py", "lib/x.py"])["files"]
    assert [file.get("error") for file in both] == [None, "stack_root_mismatch"]

    # And back: the issues whose frames are in a file.
    assert [found["id"] for found in server.issues(1, 'stack.filename:"app/bets.py"')] == [issue]
    assert [found["id"] for found in server.issues(1, 'stack.filename:"*/bets.py"')] == [issue]
    assert server.issues(1, 'stack.filename:"app/wallet.py"') == []


def test_too_much_is_refused_with_a_reason(start: Callable[..., Server]) -> None:
    server = start()
    server.api(f"{HERE}/releases/", "POST", {"version": "api@1", "projects": ["project-1"]})

    def put(body: Any) -> Answer:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        return server.request("PUT", f"/api/0{HERE}/releases/api@1/", json.dumps(body).encode(), headers)

    commit = {"id": "a" * 40, "repository": "r", "message": "x"}
    many = put({"commits": [commit | {"id": f"{number:040x}"} for number in range(5_001)]})
    assert many.status == 400 and "at most 5000" in many.json()["commits"][0]
    assert put({"commits": [commit | {"patch_set": [{"path": f"{n}.py", "type": "A"} for n in range(50_000)]}]}).status == 200
    for body in ({"commits": 7}, {"commits": [7]}, {"commits": [commit | {"timestamp": "soon"}]}, {"refs": [{}]},
                 {"refs": [{"repository": "nobody", "commit": "a"}]}, {"status": "gone"}, {"url": "javascript:x"},
                 {"commits": [commit | {"id": "a/b"}]}, {"dateReleased": 7}):  # fmt: skip
        assert put(body).status == 400, body
    try:
        assert put({"commits": [commit | {"message": "x" * 20_000_000}]}).status == 413
    except OSError:
        pass  # the server has said so and closed while we were still sending
    assert server.api(f"{HERE}/releases/api@1/")["commitCount"] == 1
