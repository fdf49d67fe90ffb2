"""The three generations of Sentry's command line: releases, commits, deploys, tokens, issues, events.

Uploads have a file of their own. What the programs print is compared wherever it holds no moment.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli import NEW, OLD, PROJECT, TOOLKIT, Cli, Repository, rows
from server import ORGANIZATION, READER, Server, wait_until
from test_faults import send

HERE = f"/organizations/{ORGANIZATION}"


@pytest.fixture(params=[NEW, OLD], ids=["3.x", "2.x"])
def cli(request: pytest.FixtureRequest, start: Callable[..., Server], tmp_path: Path) -> Cli:
    return Cli(start(), request.param, tmp_path / "work")


@pytest.fixture
def toolkit(start: Callable[..., Server], tmp_path: Path) -> Cli:
    return Cli(start(), TOOLKIT, tmp_path / "work")


def error(server: Server, release: str = "", **fields: Any) -> str:
    """An error event that is visible; its id."""
    event = secrets.token_hex(16)
    body = {"event_id": event, "platform": "python", "level": "error", "release": release or None}
    body |= {"exception": {"values": [{"type": "PaymentDeclined", "value": "limit"}]}} | fields
    status, _ = send(server, "\n".join([json.dumps({"event_id": event}), '{"type":"event"}', json.dumps(body)]).encode())
    assert status == 200
    server.wait_event(1, event)
    return event


def test_a_release_from_first_to_last(cli: Cli) -> None:
    ask = cli.server.api
    new = ["releases", "new", "api@1.0.0"]
    assert cli.run(*new, "--url", "https://ci.example.com/1") == "Created release api@1.0.0\n"
    assert cli.run(*new) == "Created release api@1.0.0\n", "twice is as good as once"
    made = ask(f"{HERE}/releases/api@1.0.0/")
    assert (made["url"], made["dateReleased"], made["status"]) == ("https://ci.example.com/1", None, "open")
    assert made["dateStarted"] and [project["slug"] for project in made["projects"]] == [PROJECT]

    repository = Repository(cli.folder)
    first = repository.commit({"bets/place.py": "one"}, "first")
    second = repository.commit({"bets/limit.py": "two"}, "limit bets\n\nBy hand.")
    printed = cli.run("releases", "set-commits", "api@1.0.0", "--local")
    assert "Success! Set commits for release api@1.0.0" in printed
    commits = ask(f"{HERE}/releases/api@1.0.0/commits/")
    assert [told["id"] for told in commits] == [second, first]
    assert commits[0]["message"].startswith("limit bets") and commits[0]["author"]["email"] == "ann@example.com"
    assert commits[0]["dateCreated"] == "2026-09-21T14:15:20Z"
    files = ask(f"{HERE}/releases/api@1.0.0/commitfiles/")
    assert [(file["filename"], file["type"]) for file in files] == [("bets/limit.py", "A"), ("bets/place.py", "A")]

    assert cli.run("releases", "finalize", "api@1.0.0") == "Finalized release api@1.0.0\n"
    shown = ask(f"{HERE}/releases/api@1.0.0/")
    assert shown["dateReleased"] and shown["commitCount"] == 2 and shown["lastCommit"]["id"] == second
    assert [author["email"] for author in shown["authors"]] == ["ann@example.com"]

    # The next release has what came after this one, and nothing else.
    third = repository.commit({"bets/place.py": "three"}, "place bets twice")
    cli.run("releases", "new", "api@1.1.0")
    printed = cli.run("releases", "set-commits", "api@1.1.0", "--local")
    assert "Could not find the previous commit" not in printed
    assert [told["id"] for told in ask(f"{HERE}/releases/api@1.1.0/commits/")] == [third]


def test_deploys(cli: Cli) -> None:
    cli.run("releases", "new", "api@1.0.0")
    new = ["releases", "deploys", "api@1.0.0", "new"] if cli.is_old else ["deploys", "new", "-r", "api@1.0.0"]
    printed = cli.run(*new, "-e", "production", "-n", "d1", "-u", "https://casino.example.com", "-t", "60")
    assert printed == "Created new deploy d1 for 'production'\n"
    assert cli.run(*new, "-e", "staging") == "Created new deploy unnamed for 'staging'\n"
    listed = ["releases", "deploys", "api@1.0.0", "list"] if cli.is_old else ["deploys", "list", "-r", "api@1.0.0"]
    assert [row[:2] for row in cli.rows(*listed)] == [["staging", "unnamed"], ["production", "d1"]]
    shown = cli.server.api(f"{HERE}/releases/api@1.0.0/")
    assert shown["deployCount"] == 2 and shown["lastDeploy"]["environment"] == "staging"
    (_, production) = cli.server.api(f"{HERE}/releases/api@1.0.0/deploys/")
    assert production["dateStarted"] < production["dateFinished"] and production["url"] == "https://casino.example.com"


def test_releases_are_listed_archived_and_deleted(cli: Cli) -> None:
    for version in ("api@1.0.0", "api@1.1.0"):
        cli.run("releases", "new", version, "--finalize")
    assert [row[1] for row in cli.rows("releases", "list")] == ["api@1.1.0", "api@1.0.0"]
    ((version, *_),) = cli.rows("releases", "info", "api@1.0.0")
    assert version == "api@1.0.0"
    cli.run("releases", "info", "api@9.9.9", code=1)
    assert cli.run("releases", "archive", "api@1.0.0") == "Archived release api@1.0.0\n"
    assert cli.server.api(f"{HERE}/releases/api@1.0.0/")["status"] == "archived"
    assert [shown["version"] for shown in cli.server.api(f"{HERE}/releases/")] == ["api@1.1.0"]
    assert cli.run("releases", "restore", "api@1.0.0") == "Restored release api@1.0.0\n"
    assert len(cli.server.api(f"{HERE}/releases/?status=open")) == 2
    assert cli.run("releases", "delete", "api@1.0.0") == "Deleted release api@1.0.0!\n"
    assert cli.run("releases", "delete", "api@1.0.0") == "Did nothing. Release with this version (api@1.0.0) does not exist.\n"
    error(cli.server, "api@1.1.0")
    refused = cli.run("releases", "delete", "api@1.1.0", code=1)
    assert "This release is referenced by active issues and cannot be removed." in refused
    wrong = cli.run("releases", "new", "api@1", "-p", "nonsense", code=1)
    assert "nonsense" in wrong or "Invalid project ids or slugs" in wrong or "Project not found" in wrong


def test_commits_of_repositories(cli: Cli) -> None:
    repository = Repository(cli.folder)
    first = repository.commit({"a.py": "one"}, "first")
    second = repository.commit({"a.py": "two"}, "second")
    repository.git("remote", "add", "origin", "https://github.com/acme/casino")
    place = {"name": "acme/casino", "url": "https://github.com/acme/casino", "provider": "integrations:github"}
    made = cli.server.api(f"{HERE}/repos/", "POST", place)
    assert cli.rows("repos", "list") == [["acme/casino", "GitHub", "https://github.com/acme/casino"]]
    printed = cli.run("releases", "set-commits", "api@1.0.0", "--auto")
    assert ["acme/casino", second[:12]] in rows(printed)
    shown = cli.server.api(f"{HERE}/releases/api@1.0.0/")
    assert shown["lastCommit"]["id"] == second and shown["lastCommit"]["repository"]["id"] == made["id"]
    printed = cli.run("releases", "set-commits", "api@1.0.0", "--commit", f"acme/casino@{first}..{second}")
    assert ["acme/casino", f"{first[:12]} -> {second[:12]}"] in rows(printed)
    assert "Clearing commits for release." in cli.run("releases", "set-commits", "api@1.0.0", "--clear")
    assert cli.server.api(f"{HERE}/releases/api@1.0.0/")["commitCount"] == 0
    assert "Unknown repo" in cli.run("releases", "set-commits", "api@1.0.0", "--commit", "other@abc", code=1)


def rows_of(printed: str) -> list[list[str]]:
    from cli import rows

    return rows(printed)


def test_who_and_where(cli: Cli) -> None:
    printed = cli.run("info")
    assert f"Sentry Server: {cli.server.url}" in printed and "- project:releases" in printed
    status = json.loads(cli.run("info", "--config-status-json"))
    assert status["auth"] == {"type": "token", "successful": True}
    ((number, name, slug, *_),) = cli.rows("organizations", "list")
    assert (name, slug) == ("Acme", ORGANIZATION) and number.isdigit()
    ((number, slug, _, _),) = cli.rows("projects", "list")
    assert (number, slug) == ("1", PROJECT)
    if cli.is_old:
        cli.variables["SENTRY_API_KEY"] = cli.variables.pop("SENTRY_AUTH_TOKEN")
        assert "Method: API Key (deprecated)" in cli.run("info")


def test_issues_and_events(cli: Cli) -> None:
    first = error(cli.server, "api@1.0.0", user={"id": "7"}, tags={"shop": "nord"})
    error(cli.server, exception={"values": [{"type": "Timeout", "value": "rtp"}]})
    listed = cli.rows("issues", "list")
    assert sorted(row[2] for row in listed) == ["PaymentDeclined: limit", "Timeout: rtp"]
    assert {row[4] for row in listed} == {"unresolved"}
    ids = {row[2]: row[0] for row in listed}
    declined = ids["PaymentDeclined: limit"]
    assert [row[0] for row in cli.rows("issues", "list", "--query", "is:unresolved Timeout")] == [ids["Timeout: rtp"]]

    def states() -> dict[str, str]:
        return {row[0]: row[4] for row in cli.rows("issues", "list")}

    said = "Updated matching issues.\n  new status: {}\n"
    assert cli.run("issues", "resolve", "-i", declined) == said.format("resolved")
    assert states() == {declined: "resolved", ids["Timeout: rtp"]: "unresolved"}
    assert cli.run("issues", "mute", "-s", "unresolved") == said.format("muted")
    assert states() == {declined: "resolved", ids["Timeout: rtp"]: "ignored"}
    assert cli.run("issues", "unresolve", "-a") == said.format("unresolved")
    assert set(states().values()) == {"unresolved"}
    assert cli.run("issues", "resolve", "-i", declined, "--next-release") == said.format("resolvedInNextRelease")
    assert cli.server.api(f"{HERE}/issues/{declined}/")["statusDetails"]["inNextRelease"] is True

    # The tags of an event are one below the other, in rows that are empty but for them.
    events = cli.rows("events", "list", "--show-user", "--show-tags")
    place = next(place for place, row in enumerate(events) if row[0].replace("-", "") == first)
    assert events[place][2:4] == ["PaymentDeclined: limit", "ID: 7"]
    assert "release: api@1.0.0" in [row[4] for row in events[place:]]
    assert len(cli.rows("events", "list", "--max-rows", "1")) == 1


def test_code_mappings(start: Callable[..., Server], tmp_path: Path) -> None:
    """Both spellings: sentry-cli's and the toolkit's. 2.x cannot."""
    server = start()
    for program, made, updated in ((NEW, 1, 0), (TOOLKIT, 0, 1)):
        cli = Cli(server, program, tmp_path / "work")
        (cli.folder / "mappings.json").write_text('[{"stackRoot": "app/", "sourceRoot": "src/app/"}]')
        printed = cli.run("code-mappings", "upload", "mappings.json", "--repo", "acme/casino", "--default-branch", "main")
        assert f"Created: {made}, Updated: {updated}" in printed
    (mapping,) = server.api(f"{HERE}/code-mappings/")
    assert (mapping["stackRoot"], mapping["sourceRoot"], mapping["repoName"]) == ("app/", "src/app/", "acme/casino")
    server.api(f"{HERE}/code-mappings/{mapping['id']}/", "DELETE")
    assert server.api(f"{HERE}/code-mappings/") == []


def test_a_token_for_builds_says_where_it_is_valid(cli: Cli) -> None:
    server = cli.server
    made = server.api(f"{HERE}/org-auth-tokens/", "POST", {"name": "ci"})
    assert made["scopes"] == ["org:ci"] and made["token"].startswith("sntrys_")
    _, payload, secret = made["token"].split("_")
    assert len(base64.b64decode(secret + "==")) == 32
    says = json.loads(base64.b64decode(payload))
    assert (says["url"], says["org"]) == (server.url, ORGANIZATION) and isinstance(says["iat"], float)
    cli.variables["SENTRY_AUTH_TOKEN"] = made["token"]
    for name in ("SENTRY_URL", "SENTRY_ORG"):
        del cli.variables[name]
    assert "org:ci" in cli.run("info")
    cli.run("releases", "new", "api@1.0.0", "--finalize")
    Repository(cli.folder).commit({"a.py": "one"}, "first")
    cli.run("releases", "set-commits", "api@1.0.0", "--local")
    cli.run("releases", "info", "api@1.0.0")
    assert server.api(f"{HERE}/releases/api@1.0.0/")["commitCount"] == 1

    # The toolkit asks for the organisation first, and is told no more of it than it needs.
    toolkit = Cli(server, TOOLKIT, cli.folder, made["token"])
    assert toolkit.shown("release", "create", f"{ORGANIZATION}/api@1.1.0", "--project", PROJECT)["Version"] == "api@1.1.0"
    seen = server.api(f"{HERE}/", token=made["token"])
    assert (seen["slug"], seen["projects"], seen["teams"]) == (ORGANIZATION, [], [])

    # It may do that and nothing else.
    def status(path: str, token: str, method: str = "GET", body: Any = None) -> int:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        return server.request(method, f"/api/0{path}", data, headers).status

    for path in ("/issues/", "/projects/", "/org-auth-tokens/", "/teams/", "/code-mappings/"):
        assert status(HERE + path, made["token"]) == 403, path
    assert status(f"{HERE}/org-auth-tokens/", made["token"], "POST", {"name": "x"}) == 403
    assert status(f"{HERE}/repos/", made["token"], "POST", {"name": "x"}) == 403
    assert status(f"{HERE}/releases/", READER, "POST", {"version": "x", "projects": [PROJECT]}) == 403
    assert status(f"{HERE}/releases/api@1.0.0/", READER, "DELETE") == 403
    assert status("/organizations/other/releases/", made["token"]) == 404
    (listed, *_) = server.api(f"{HERE}/org-auth-tokens/")
    assert listed["tokenLastCharacters"] == made["token"][-4:] and "token" not in listed and listed["dateLastUsed"]
    server.api(f"{HERE}/org-auth-tokens/{made['id']}/", "DELETE")
    assert status(f"{HERE}/releases/", made["token"]) == 401


def test_the_toolkit_makes_releases(toolkit: Cli) -> None:
    name = f"{ORGANIZATION}/api@1.0.0"
    made = toolkit.shown("release", "create", name, "--project", PROJECT)
    assert made == {"Version": "api@1.0.0", "Status": "Unreleased", "Projects": PROJECT}
    repository = Repository(toolkit.folder)
    repository.git("remote", "add", "origin", "https://github.com/acme/casino")
    first = repository.commit({"a.py": "one"}, "first")
    assert toolkit.shown("release", "set-commits", name, "--local")["Commits"] == "1"
    assert toolkit.shown("release", "finalize", name)["Status"] == "Finalized"
    assert toolkit.shown("release", "deploy", name, "production")["Environment"] == "production"
    ((environment, *_),) = toolkit.rows("release", "deploys", name)
    assert environment == "production"
    view = toolkit.shown("release", "view", name)
    assert (view["Commits"], view["Deploys"], view["Projects"]) == ("1", "1", PROJECT)
    assert toolkit.server.api(f"{HERE}/releases/api@1.0.0/")["lastCommit"]["id"] == first
    assert [ORGANIZATION, "api@1.0.0"] in [row[:2] for row in toolkit.rows("release", "list", f"{ORGANIZATION}/{PROJECT}")]
    assert toolkit.shown("release", "archive", name)["Status"] == "Archived"
    toolkit.run("release", "delete", name, "--yes")
    assert toolkit.server.api(f"{HERE}/releases/?status=") == []


def test_the_toolkit_lists(toolkit: Cli) -> None:
    server = toolkit.server
    server.api(f"{HERE}/repos/", "POST", {"name": "acme/casino", "url": "https://github.com/acme/casino"})
    server.api(f"{HERE}/teams/", "POST", {"name": "Backend"})
    assert toolkit.rows("repo", "list", ORGANIZATION)[0][:4] == [ORGANIZATION, "acme/casino", "GitHub", "active"]
    assert toolkit.rows("org", "list") == [[ORGANIZATION, "Acme"]]
    assert toolkit.rows("project", "list", ORGANIZATION)[0][:2] == [ORGANIZATION, PROJECT]
    assert [row[1] for row in toolkit.rows("team", "list", ORGANIZATION)][-1] == "backend"
    assert toolkit.shown("project", "view", f"{ORGANIZATION}/{PROJECT}")["Slug"] == PROJECT
    assert toolkit.rows("dsn", "list", f"{ORGANIZATION}/{PROJECT}")[0][0] == f"{ORGANIZATION}/{PROJECT}"
    assert "tests" in [row[1] for row in toolkit.rows("token", "list", ORGANIZATION)]
    assert "Access verified" in toolkit.run("auth", "status")
    printed = toolkit.run("project", "create", f"{ORGANIZATION}/newproj:python", "--team", "backend")
    assert "newproj" in printed and server.api(f"/projects/{ORGANIZATION}/newproj/")["platform"] == "python"


def test_the_toolkit_works_on_issues(toolkit: Cli) -> None:
    server = toolkit.server
    event = error(server, "api@1.0.0")
    (issue,) = server.issues(1)
    short = issue["shortId"]
    wait_until(lambda: short in toolkit.run("issue", "list", f"{ORGANIZATION}/{PROJECT}"), 20, "it is listed")
    assert "PaymentDeclined: limit" in toolkit.run("issue", "view", f"{ORGANIZATION}/{short}")
    assert event in toolkit.run("issue", "events", f"{ORGANIZATION}/{short}", "--json")
    toolkit.run("issue", "resolve", f"{ORGANIZATION}/{short}")
    assert server.api(f"{HERE}/issues/{short}/")["status"] == "resolved"
    toolkit.run("issue", "unresolve", f"{ORGANIZATION}/{short}")
    assert server.api(f"{HERE}/issues/{short}/")["status"] == "unresolved"
    toolkit.run("issue", "archive", f"{ORGANIZATION}/{short}")
    assert server.api(f"{HERE}/issues/{short}/")["status"] == "ignored"
