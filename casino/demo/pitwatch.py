"""Pitwatch beside the casino: one organisation, one project for each part, a login and a token."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import alert_rules
import ports
from places import PITWATCH_TARGET
from programs import Program
from say import Stop
from secret_values import Secrets, write_atomically
from web_requests import is_healthy

ORGANIZATION = "casino"
# Ids are part of DSNs, so that they stay what they are: append only.
PROJECTS = {
    "gateway": "rust",
    "user": "rust",
    "wallet": "rust",
    "engine": "python",
    "payment": "node",
    "analytics": "python",
    "notification": "go",
    "web": "javascript-angular",
    "admin": "javascript-react",
    "provider": "rust",
    "players": "rust",
}
BUILD_SCOPES = ["org:ci"]
SCOPES = ["org:admin", "project:admin", "event:admin", "member:admin", "project:releases"]


@dataclass(frozen=True)
class Pitwatch:
    """Where it is and how to be let in."""

    port: int
    secrets: Secrets

    @property
    def url(self) -> str:
        return f"http://{ports.HOST}:{self.port}"

    def dsn(self, project: str) -> str:
        number = list(PROJECTS).index(project) + 1
        return f"http://{self.secrets.keys[project]}@{ports.HOST}:{self.port}/{number}"


def binary() -> Path:
    """What `make server` built, or what PITWATCH_BIN names."""
    return Path(os.environ.get("PITWATCH_BIN") or PITWATCH_TARGET / "debug" / "pitwatch")


def prepare(data: Path, secrets: Secrets) -> tuple[Pitwatch, Program]:
    port = ports.first_free(ports.PITWATCH, ports.PITWATCH_LAST)
    if port is None:
        raise Stop(f"all ports from {ports.PITWATCH} to {ports.PITWATCH_LAST} are taken; Pitwatch needs one")
    folder = data / "pitwatch"
    folder.mkdir(parents=True, exist_ok=True)
    pitwatch = Pitwatch(port, secrets)
    provision = folder / "provision.toml"
    write_atomically(provision, provisioning(secrets), mode=0o600)
    command = [
        str(binary()), "serve", "--data", str(folder / "data"), "--listen", f"{ports.HOST}:{port}",
        "--provision", str(provision),
    ]  # fmt: skip
    program = Program(
        name="pitwatch",
        command=command,
        ready=lambda: is_healthy(f"{pitwatch.url}/-/ready"),
        port=port,
        environment={
            # 4317 may belong to a collector of this machine, and the casino does not speak to it.
            "PITWATCH_OTLP_GRPC_LISTEN": "off",
            # Messages of alerts go to the page of switches.
            "PITWATCH_ALERT_ALLOW_NETWORKS": ports.HOST,
        },
        folder=folder,
        stop_seconds=20,
    )
    return pitwatch, program


def provisioning(secrets: Secrets) -> str:
    text = json.dumps
    blocks = [f'[[organization]]\nslug = "{ORGANIZATION}"\nname = "Casino"\n']
    for number, (project, platform) in enumerate(PROJECTS.items(), start=1):
        blocks.append(
            f'[[organization.project]]\nid = {number}\nslug = "{project}"\nplatform = "{platform}"\n'
            f"public_key = {text(secrets.keys[project])}\n"
        )
        if rules := alert_rules.toml(project):
            blocks.append(rules)
    blocks.append(
        f'[[organization.member]]\nemail = {text(secrets.email)}\npassword = {text(secrets.password)}\nrole = "owner"\n'
    )
    for name, token, scopes in (("demo", secrets.token, SCOPES), ("builds", secrets.build_token, BUILD_SCOPES)):
        blocks.append(f'[[organization.token]]\nname = "{name}"\ntoken = {text(token)}\nscopes = {json.dumps(scopes)}\n')
    return "\n".join(blocks)
