"""The casino's services: how each is started, what it is told, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import keyvalues
import objects
import pitwatch
import ports
import postgres
import steps
from places import RUST_TARGET, SERVICES, VENV, Data
from programs import Program
from secret_values import Secrets
from web_requests import is_healthy

RELEASES = {
    "gateway": "gateway@2.3.0",
    "user": "user@1.8.0",
    "wallet": "wallet@3.1.0",
    "engine": "engine@1.4.0",
    "payment": "payment@1.4.0",
    "payment-canary": "payment@1.5.0",
    "analytics": "analytics@1.1.0",
    "notification": "notification@0.7.0",
    "provider": "provider@1.0.0",
    "players": "players@1.0.0",
    "web": "web@2.0.0",
    "admin": "admin@0.9.4",
}
PORTS = {
    "gateway": ports.GATEWAY,
    "user": ports.USER,
    "wallet": ports.WALLET,
    "engine": ports.ENGINE,
    "payment": ports.PAYMENT,
    "payment-canary": ports.PAYMENT_CANARY,
    "analytics": ports.ANALYTICS,
    "notification": ports.NOTIFICATION,
    "provider": ports.PROVIDER,
}
# V8 otherwise takes gigabytes before it collects. The young generation is left alone: a small one doubles the CPU.
NODE_FLAGS = ("--max-old-space-size=128",)
# Who is asked comes before who asks. Those of one row start together.
ORDER = (
    ("wallet", "provider", "user"),
    ("payment", "analytics", "notification"),
    ("engine",),
    ("gateway",),
)


@dataclass(frozen=True)
class Setting:
    """What the services of one demonstration have in common."""

    data: Data
    secrets: Secrets
    bus: str
    documents: str
    # None leaves the SDKs off, to measure what they cost.
    pitwatch: pitwatch.Pitwatch | None
    traces_rate: float = 1.0
    profiles_rate: float = 1.0
    seed: str = ""
    more: dict[str, str] = field(default_factory=dict)

    def environment(self, service: str) -> dict[str, str]:
        """All of CONTRACT.md's variables, and those of the SDKs."""
        urls = {f"CASINO_{name.upper()}_URL": f"http://{ports.HOST}:{port}" for name, port in PORTS.items() if "-" not in name}
        return {
            **urls,
            "CASINO_PAYMENT_CANARY_URL": f"http://{ports.HOST}:{ports.PAYMENT_CANARY}",
            "CASINO_LISTEN": f"{ports.HOST}:{PORTS.get(service, 0)}",
            "CASINO_POSTGRES": postgres.URL,
            "CASINO_REDIS": keyvalues.URL,
            "CASINO_BUS": self.bus,
            "CASINO_DOCUMENTS": self.documents,
            "CASINO_S3": objects.URL,
            "CASINO_FLAGS": str(self.data.flags),
            "CASINO_TOKEN_SECRET": self.secrets.token_secret,
            "CASINO_CALLBACK_SECRET": self.secrets.callback_secret,
            "CASINO_SEED": self.seed,
            "CASINO_DATA": str(self.data.folder / service),
            # Often enough to watch one stay away.
            "CASINO_SETTLEMENT_MINUTES": "2",
            **self.reporting(service),
            **self.more,
        }

    def reporting(self, service: str) -> dict[str, str]:
        """Where the SDKs send to. Without a DSN they are not started at all."""
        common = {
            "SENTRY_ENVIRONMENT": "demo",
            "SENTRY_RELEASE": RELEASES[service],
            "SENTRY_TRACES_SAMPLE_RATE": str(self.traces_rate),
            "SENTRY_PROFILES_SAMPLE_RATE": str(self.profiles_rate),
        }
        if service == "gateway":
            common |= {"CASINO_WEB_RELEASE": RELEASES["web"], "CASINO_ADMIN_RELEASE": RELEASES["admin"]}
            common |= {
                "CASINO_WEB_FILES": str(SERVICES / "web" / "dist" / "browser"),
                "CASINO_ADMIN_FILES": str(SERVICES / "admin" / "dist"),
            }
        if self.pitwatch is None:
            return common
        common["SENTRY_DSN"] = self.pitwatch.dsn(service.removesuffix("-canary"))
        if service == "gateway":
            common |= {
                "CASINO_WEB_DSN": self.pitwatch.dsn("web"),
                "CASINO_ADMIN_DSN": self.pitwatch.dsn("admin"),
                "CASINO_PITWATCH_URL": self.pitwatch.url,
            }
        return common


def command(service: str) -> list[str]:
    """How each language starts."""
    name = service.removesuffix("-canary")
    if name in ("engine", "analytics"):
        return [str(VENV / "bin" / "python"), "-m", f"casino_{name}"]
    if name == "payment":
        return ["node", *NODE_FLAGS, "--import", "./instrument.mjs", "src/main.mjs"]
    if name == "notification":
        return [str(steps.NOTIFICATION)]
    return [str(RUST_TARGET / "debug" / f"casino-{name}")]


def program(service: str, setting: Setting) -> Program:
    port = PORTS[service]
    (setting.data.folder / service).mkdir(parents=True, exist_ok=True)
    folder = SERVICES / service.removesuffix("-canary")
    return Program(
        name=service,
        command=command(service),
        ready=lambda: is_healthy(f"http://{ports.HOST}:{port}/health"),
        port=port,
        environment=setting.environment(service),
        folder=folder if folder.exists() else setting.data.folder,
    )


def load(setting: Setting, rate: float, seconds: float | None = None) -> Program:
    """The players: a few requests a second, so that there is always something to look at."""
    options = ["--rate", str(rate), *(["--for", f"{seconds:.0f}s"] if seconds else [])]
    folder = setting.data.folder / "players"
    folder.mkdir(parents=True, exist_ok=True)
    return Program(
        name="players",
        command=[*command("players"), *options],
        ready=lambda: True,
        environment=setting.environment("players"),
        folder=folder,
        ends=seconds is not None,
    )


def missing_pages() -> list[str]:
    """Pages that were not built: their address answers 404, and the rest works."""
    pages: dict[str, Path] = {"web": SERVICES / "web" / "dist", "admin": SERVICES / "admin" / "dist"}
    return [name for name, path in pages.items() if not path.exists()]
