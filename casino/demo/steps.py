"""What has to be built before the demonstration runs, in order."""

from __future__ import annotations

import os
import sys

import objects
from building import Step
from places import CASINO, DEMO, KAFKA, OBJECTS, PITWATCH_TARGET, ROOT, RUST_TARGET, SERVICES, VENV
from toolchains import Found

NPM_CI = ["npm", "ci", "--no-audit", "--no-fund"]
PYTHON_PACKAGES = ("python-telemetry", "engine", "analytics")
NOTIFICATION = RUST_TARGET / "notification"


def infrastructure(with_kafka: bool) -> list[Step]:
    """What services need before there is one."""
    return [*pitwatch(), object_server(), *([broker()] if with_kafka else [])]


def casino(found: Found) -> list[Step]:
    steps = [rust(), *python(), *payment(), *page("web"), *page("admin")]
    if found.go and (SERVICES / "notification" / "go.mod").exists():
        steps.append(notification(found.go))
    return steps


def pitwatch() -> list[Step]:
    """By the Makefile's own targets, so that there is one way to build it. None of it when PITWATCH_BIN names one."""
    if os.environ.get("PITWATCH_BIN"):
        return []
    # CARGO_TARGET_DIR is given to make, which would else take the casino's from the environment.
    environment = {"CARGO_TARGET_DIR": str(PITWATCH_TARGET)}
    return [
        Step("Pitwatch's pages", ["make", "web"], ROOT, environment, takes="about a minute"),
        Step("Pitwatch", ["make", "server"], ROOT, environment, takes="ten minutes from a clean checkout"),
    ]


def rust() -> Step:
    return Step(
        "the services in Rust",
        ["cargo", "build", "--locked", "--workspace"],
        CASINO,
        {"CARGO_TARGET_DIR": str(RUST_TARGET)},
        takes="three to five minutes the first time",
    )


def object_server() -> Step:
    # Without optimisation: it serves some pictures, and the optimiser would take twice as long as all else.
    command = [
        "cargo", "install", "--debug", "--locked", "--version", objects.VERSION, "--features", "binary",
        "--root", str(OBJECTS), "--target-dir", str(OBJECTS / "target"), "--force", "s3s-fs",
    ]  # fmt: skip
    return Step(
        "the S3 server",
        command,
        CASINO,
        {"CARGO_PROFILE_DEV_DEBUG": "0"},
        sources=[DEMO / "objects.py"],
        makes=[objects.BINARY],
        takes="two minutes",
    )


def broker() -> Step:
    pom = DEMO / "kafka" / "pom.xml"
    command = [
        "mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", "-DincludeScope=runtime",
        f"-DoutputDirectory={KAFKA / 'libs'}",
    ]  # fmt: skip
    return Step("Kafka's jars", command, CASINO, sources=[pom], makes=[KAFKA / "libs"], takes="fetching 43 MB")


def python() -> list[Step]:
    pip = [str(VENV / "bin" / "pip"), "install", "-q", "--disable-pip-version-check"]
    packages = [SERVICES / name for name in PYTHON_PACKAGES if (SERVICES / name / "pyproject.toml").exists()]
    locks = [path / "requirements.txt" for path in packages if (path / "requirements.txt").exists()]
    return [
        Step(
            "Python's environment",
            [sys.executable, "-m", "venv", str(VENV)],
            CASINO,
            # Made once; nothing in the repository changes it.
            sources=[DEMO / "places.py"],
            makes=[VENV / "bin" / "pip"],
        ),
        Step(
            "what the services in Python need",
            [*pip, *(part for path in locks for part in ("-r", str(path)))],
            CASINO,
            sources=locks,
            makes=[VENV / "bin" / "pip"],
            takes="fetching packages",
        ),
        Step(
            "the services in Python",
            # Also where the version is the same: then it is the code that differs.
            [*pip, "--force-reinstall", "--no-deps", *map(str, packages)],
            CASINO,
            sources=packages,
            makes=[VENV / "bin" / "pip"],
        ),
    ]


def payment() -> list[Step]:
    folder = SERVICES / "payment"
    lock = folder / "package-lock.json"
    if not lock.exists():
        return []
    modules = folder / "node_modules"
    return [Step("payment's packages", NPM_CI, folder, sources=[lock], makes=[modules], takes="fetching packages")]


def page(name: str) -> list[Step]:
    folder = SERVICES / name
    lock = folder / "package-lock.json"
    if not lock.exists():
        return []
    return [
        Step(f"{name}'s packages", NPM_CI, folder, sources=[lock], makes=[folder / "node_modules"], takes="a minute"),
        Step(
            f"the page {name}",
            ["npm", "run", "build"],
            folder,
            sources=[folder],
            makes=[folder / "dist", folder / "sourcemaps"],
            takes="half a minute",
        ),
    ]


def notification(go: str) -> Step:
    return Step("notification", [go, "build", "-o", str(NOTIFICATION), "."], SERVICES / "notification")
