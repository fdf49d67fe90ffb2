"""The compose file is YAML, names all parts, and agrees with the launcher about ports, releases and projects."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import yaml

import alert_rules
import pitwatch
from places import CASINO, ROOT, SERVICES
from services import RELEASES

FOLDER = ROOT / "deploy" / "casino"


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
