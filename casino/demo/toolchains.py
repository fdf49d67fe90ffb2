"""What the machine must have, told in one line each; what Debian can give is installed without asking."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import postgres
import rabbitmq
from places import SERVICES
from say import Stop, say, warn

# Places that installers use and that are not in every PATH.
MORE_PATH = (Path.home() / ".cargo/bin", Path("/usr/local/go/bin"), Path("/usr/local/cargo/bin"))
INSTALL_SECONDS = 600


@dataclass(frozen=True)
class Tool:
    """A program with the oldest version that works, how it tells its own, and what to do without it."""

    name: str
    version: list[str]
    at_least: tuple[int, ...]
    otherwise: str
    # Debian's package, if its version is new enough.
    package: str | None = None
    needed: bool = True


@dataclass(frozen=True)
class Found:
    """What there is."""

    java: str
    go: str | None


def parse_version(text: str) -> tuple[int, ...]:
    # Maven writes its name in bold, whoever reads it.
    found = re.search(r"(\d+(?:\.\d+)+|\d+)", re.sub(r"\x1b\[[0-9;]*m", "", text))
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def wanted_go() -> tuple[int, ...]:
    """What notification's go.mod says."""
    lines = (SERVICES / "notification" / "go.mod").read_text().splitlines()
    return parse_version(next(line for line in lines if line.startswith("go ")))


GO = Tool(
    "go",
    ["version"],
    wanted_go(),
    f"notification is left out; install Go {'.'.join(map(str, wanted_go()))} or newer",
    needed=False,
)
TOOLS = (
    Tool("cargo", ["--version"], (1, 95), "install Rust from its site, 1.95 or newer"),
    Tool("node", ["--version"], (20,), "install Node 20 or newer"),
    Tool("npm", ["--version"], (9,), "it comes with Node"),
    Tool("cc", ["--version"], (0,), "apt-get install build-essential", package="build-essential"),
    Tool("java", ["-version"], (17,), "apt-get install openjdk-17-jre-headless", package="openjdk-17-jre-headless"),
    Tool("mvn", ["--version"], (3, 6), "apt-get install maven", package="maven"),
    Tool("redis-server", ["--version"], (6,), "apt-get install redis-server", package="redis-server"),
    GO,
)


def check(with_kafka: bool, with_notification: bool, with_rabbitmq: bool = False) -> Found:
    """Looks at every tool. Raises Stop with all that is missing, so that nobody comes back five times."""
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), *map(str, MORE_PATH)])
    missing = list(filter(None, (problem(tool) for tool in TOOLS if wanted(tool, with_kafka, with_notification))))
    if postgres.binaries() is None and not (install("postgresql") and postgres.binaries()):
        missing.append("PostgreSQL is missing: apt-get install postgresql")
    if with_rabbitmq and rabbitmq.server() is None and not (install("rabbitmq-server") and rabbitmq.server()):
        missing.append("RabbitMQ is missing: apt-get install rabbitmq-server")
    if not has_venv() and not (install("python3-venv") and has_venv()):
        missing.append("Python's venv is missing: apt-get install python3-venv")
    if missing:
        raise Stop("something is missing\n" + "\n".join(f"  {line}" for line in missing))
    go = shutil.which("go") if with_notification and trouble(GO) is None else None
    return Found(java=shutil.which("java") or "java", go=go)


def wanted(tool: Tool, with_kafka: bool, with_notification: bool) -> bool:
    if tool.name in ("java", "mvn"):
        return with_kafka
    return tool.name != "go" or with_notification


def problem(tool: Tool) -> str | None:
    """What is wrong with a tool, after an attempt to install it. What can be left out is only told."""
    what = trouble(tool)
    if what and tool.package and install(tool.package):
        what = trouble(tool)
    if what is None:
        return None
    if tool.needed:
        return f"{what}: {tool.otherwise}"
    warn(f"{what}: {tool.otherwise}")
    return None


def trouble(tool: Tool) -> str | None:
    path = shutil.which(tool.name)
    if path is None:
        return f"{tool.name} is missing"
    result = subprocess.run([path, *tool.version], capture_output=True, text=True, timeout=30)
    version = parse_version(result.stdout + result.stderr)
    if version < tool.at_least:
        text = ".".join(map(str, tool.at_least))
        return f"{tool.name} is version {'.'.join(map(str, version)) or 'unknown'}, which is older than {text}"
    return None


def has_venv() -> bool:
    return subprocess.run(["python3", "-c", "import venv, ensurepip"], capture_output=True, timeout=30).returncode == 0


def install(package: str) -> bool:
    """Installs a Debian package, as root or through sudo that asks for no password. False where that is not possible."""
    if shutil.which("apt-get") is None:
        return False
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo and subprocess.run([*sudo, "true"], capture_output=True, timeout=10).returncode != 0:
        return False
    say(f"installing {package}, which the demonstration needs")
    script = Path(__file__).with_name("apt.sh")
    result = subprocess.run(
        [*sudo, "sh", str(script), package],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=INSTALL_SECONDS,
    )
    if result.returncode != 0:
        warn(f"apt-get could not install {package}: {result.stdout.strip()[-300:]}")
    return result.returncode == 0
