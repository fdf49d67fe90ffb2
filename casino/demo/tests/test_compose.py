"""The compose file is YAML, names all parts, and agrees with the launcher about ports, releases and projects."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

import alert_rules
import pitwatch
import secret_values
import services
import steps
from places import CASINO, ROOT, SERVICES, Data
from services import RELEASES

FOLDER = ROOT / "deploy" / "casino"
# Pages run in browsers and have no container.
RUNNING = tuple(name for name in RELEASES if name not in ("web", "admin"))
DOCKERFILES = {
    "payment": "payment.Dockerfile",
    "engine": "python.Dockerfile",
    "analytics": "python.Dockerfile",
    "notification": "notification.Dockerfile",
}
VARIABLE = re.compile(r"\b(?:CASINO|SENTRY)_[A-Z0-9_]+\b")
# How often the launcher settles; where the pages' files lie, which an image says itself.
ONLY_WITH_LAUNCHER = {"CASINO_SETTLEMENT_MINUTES", "CASINO_WEB_FILES", "CASINO_ADMIN_FILES"}
# The gateway puts the page into the name. Notification answers nobody but who asks for its health.
NOT_SPELT = {"CASINO_WEB_DSN", "CASINO_WEB_RELEASE", "CASINO_ADMIN_DSN", "CASINO_ADMIN_RELEASE", "CASINO_NOTIFICATION_URL"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((FOLDER / "compose.yaml").read_text())


def test_all_parts_are_there(compose: dict[str, Any]) -> None:
    wanted = set(RELEASES) - {"web", "admin"}
    wanted |= {"postgres", "redis", "kafka", "rabbitmq", "mongodb", "objects", "pitwatch", "switches"}
    assert wanted <= set(compose["services"])


def test_nothing_is_published_beyond_this_machine(compose: dict[str, Any]) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert published and all(port.startswith("127.0.0.1:") for port in published)


def test_images_have_versions(compose: dict[str, Any]) -> None:
    images = [service["image"] for service in compose["services"].values() if "image" in service]
    assert all(":" in image and not image.endswith(":latest") for image in images)


def test_what_is_built_exists(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if "build" in service:
            context = (FOLDER / service["build"]["context"]).resolve()
            file = context / service["build"]["dockerfile"]
            assert file.exists(), f"{name}: {file}"
            part = service["build"].get("args", {}).get("SERVICE")
            assert part is None or (CASINO / "services" / part).is_dir(), f"{name}: {part}"


def test_what_is_needed_exists(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert set(service.get("depends_on", {})) <= set(compose["services"]), name
    declared = set(compose["volumes"])
    mounted = {volume.partition(":")[0] for service in compose["services"].values() for volume in service.get("volumes", [])}
    assert {volume for volume in mounted if not volume.startswith(".")} == declared


def test_services_report_to_their_projects(compose: dict[str, Any]) -> None:
    provision = tomllib.loads((FOLDER / "provision.toml").read_text())["organization"][0]
    keys = {project["slug"]: (project["id"], project["public_key"]) for project in provision["project"]}
    assert list(keys) == list(pitwatch.PROJECTS)
    for name, release in RELEASES.items():
        environment = compose["services"].get(name, {}).get("environment")
        if environment is None:
            gateway = compose["services"]["gateway"]["environment"]
            dsn, said = gateway[f"CASINO_{name.upper()}_DSN"], gateway[f"CASINO_{name.upper()}_RELEASE"]
            host = "localhost"
        else:
            dsn, said, host = environment["SENTRY_DSN"], environment["SENTRY_RELEASE"], "pitwatch"
        number, key = keys[name.removesuffix("-canary")]
        assert (dsn, said) == (f"http://{key}@{host}:8000/{number}", release), name


def test_rules_are_those_of_the_demonstration() -> None:
    provision = tomllib.loads((FOLDER / "provision.toml").read_text())["organization"][0]
    kinds = ("alert", "metric_alert")
    rules = {project["slug"]: {kind: project[kind] for kind in kinds if kind in project} for project in provision["project"]}
    assert {project: said for project, said in rules.items() if said} == alert_rules.RULES


@pytest.mark.parametrize("project", alert_rules.RULES)
def test_rules_are_written_as_they_are_read(project: str) -> None:
    written = tomllib.loads(f"[[organization]]\n[[organization.project]]\n{alert_rules.toml(project)}")
    assert written["organization"][0]["project"] == [alert_rules.RULES[project]]


def test_every_variable_of_the_contract_is_set(compose: dict[str, Any]) -> None:
    environment = compose["services"]["gateway"]["environment"]
    names = {"POSTGRES", "REDIS", "BUS", "DOCUMENTS", "S3", "FLAGS", "TOKEN_SECRET", "CALLBACK_SECRET", "SEED", "LISTEN"}
    names |= {f"{name.upper()}_URL" for name in ("gateway", "user", "wallet", "engine", "payment", "analytics", "provider")}
    assert {f"CASINO_{name}" for name in names} <= set(environment)
    assert SERVICES.is_dir()


def test_services_get_what_the_launcher_gives_them(compose: dict[str, Any]) -> None:
    """But for what only a launcher on the same machine knows."""
    for name in RUNNING:
        given = set(environment_of(name)) - ONLY_WITH_LAUNCHER - ({"CASINO_LISTEN"} if name == "players" else set())
        assert given == set(compose["services"][name]["environment"]) - {"CASINO_WEB_DSN", "CASINO_ADMIN_DSN"}, name


def test_what_is_set_is_read(compose: dict[str, Any]) -> None:
    """By some service's code; a name with a slip in it would be read by none."""
    read = {name for path in sources() for name in VARIABLE.findall(path.read_text(errors="replace"))}
    for name in RUNNING:
        unread = set(compose["services"][name]["environment"]) - read - NOT_SPELT
        assert not unread, f"{name}: {unread}"


def test_services_listen_where_others_look_for_them(compose: dict[str, Any]) -> None:
    listening = {}
    for name in RUNNING:
        address = compose["services"][name]["environment"].get("CASINO_LISTEN", "")
        assert (address == "") == (name == "players"), name
        if address:
            host, _, port = address.partition(":")
            assert host == "0.0.0.0", name
            listening[name] = int(port)
    # In a container of its own the canary has the port of the release before it.
    assert listening == services.PORTS | {"payment-canary": services.PORTS["payment"]}
    for variable, url in compose["services"]["gateway"]["environment"].items():
        if variable.endswith("_URL") and variable != "CASINO_PITWATCH_URL":
            host, _, port = url.removeprefix("http://").partition(":")
            assert listening[host] == int(port), variable


def test_ports_of_infrastructure_are_those_of_its_images(compose: dict[str, Any]) -> None:
    environment = compose["services"]["wallet"]["environment"]
    wanted = {"CASINO_POSTGRES": ("postgres", 5432), "CASINO_REDIS": ("redis", 6379), "CASINO_DOCUMENTS": ("mongodb", 27017)}
    for variable, (host, port) in wanted.items():
        address = urlsplit(environment[variable])
        assert (address.hostname, address.port) == (host, port), variable
        assert host in compose["services"]
    bus = environment["CASINO_BUS"].removeprefix("${CASINO_BUS:-").removesuffix("}")
    assert f"PLAINTEXT://{urlsplit(bus).netloc}" == compose["services"]["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]


@pytest.mark.parametrize("name", ["payment", "engine", "analytics", "notification"])
def test_images_start_what_the_launcher_starts(compose: dict[str, Any], name: str) -> None:
    lines = (FOLDER / DOCKERFILES[name]).read_text().splitlines()
    entry = json.loads(next(line for line in lines if line.startswith("ENTRYPOINT ")).removeprefix("ENTRYPOINT "))
    started = entry[-1].removeprefix("exec ").split() if entry[0] == "sh" else entry
    wanted = services.command(name)
    wanted[0] = Path(wanted[0]).name
    assert [part.replace("$MODULE", f"casino_{name}") for part in started] == wanted


def test_images_build_as_the_launcher_builds() -> None:
    """The same steps from the same lock files, but for what only tests need and what optimises."""
    text = {path.name: path.read_text() for path in FOLDER.glob("*.Dockerfile")}
    npm = " ".join(steps.NPM_CI)
    assert f"RUN {npm} --omit=dev\n" in text["payment.Dockerfile"]
    assert f"{npm} && {' '.join(steps.page('web')[1].command)}" in text["rust.Dockerfile"]
    assert " ".join(steps.rust().command).replace("--locked", "--locked --release") in text["rust.Dockerfile"]
    assert "go build -o /notification ." in text["notification.Dockerfile"]
    assert steps.notification("go").command[-1] == "."
    for name in ("requirements.txt", "pyproject.toml"):
        assert all((SERVICES / service / name).exists() for service in ("engine", "analytics"))
    assert "-r /src/${SERVICE}/requirements.txt" in text["python.Dockerfile"]
    copied = [word for body in text.values() for line in body.splitlines() for word in local_sources(line)]
    assert copied
    paths = [word.replace("${SERVICE}", "engine") for word in copied]
    missing = [path for path in paths if not any((base / path).exists() for base in (CASINO, ROOT))]
    assert not missing, missing


def environment_of(name: str) -> dict[str, str]:
    """As the launcher makes it."""
    secrets = secret_values.Secrets(**dict.fromkeys((field.name for field in dataclasses.fields(secret_values.Secrets)), "x"))
    setting = services.Setting(Data(Path("/nowhere")), secrets, "kafka://x", "postgres://x", None)
    return setting.environment(name) | {"SENTRY_DSN": ""} | ({"CASINO_PITWATCH_URL": ""} if name == "gateway" else {})


def sources() -> list[Path]:
    found = [path for suffix in ("rs", "py", "mjs", "go") for path in SERVICES.rglob(f"*.{suffix}")]
    return [path for path in found if not {"node_modules", "target", "tests", "test"} & set(path.parts)]


def local_sources(line: str) -> list[str]:
    """What a COPY takes from the machine."""
    words = line.split()
    if words[:1] != ["COPY"] or any(word.startswith("--from") for word in words):
        return []
    return words[1:-1]
