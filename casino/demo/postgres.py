"""PostgreSQL with a data folder of its own: made once, then started like any other program."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

import ports
from programs import Program, base_environment
from say import Stop, say

URL = f"postgres://casino:casino@{ports.HOST}:{ports.POSTGRES}/casino"
# Single-user mode with -j wants an empty line after each statement. The role owns its database and nothing else.
ROLE = "CREATE ROLE casino LOGIN PASSWORD 'casino';\n\nCREATE DATABASE casino OWNER casino;\n\n"
MAY_CREATE = "ALTER ROLE casino CREATEDB;\n\n"
WHO_MAY = "host all casino 127.0.0.1/32 scram-sha-256\n"
# Small: ten services on one laptop. What is acknowledged is still on disk, because money is counted here.
SETTINGS = {
    "listen_addresses": ports.HOST,
    "port": str(ports.POSTGRES),
    "unix_socket_directories": "",
    "max_connections": "80",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "jit": "off",
    "max_parallel_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL of this machine. Debian keeps it out of PATH."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if found:
        return max(found, key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0)
    command = shutil.which("initdb")
    return Path(command).resolve().parent if command else None


def account() -> str | None:
    """Whom it runs as. PostgreSQL refuses root; everybody else runs it themselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise Stop("PostgreSQL cannot run as root, and there is neither an account postgres nor nobody")


def data_folder(data: Path, user: str | None) -> Path:
    """Below the demonstration's data, or elsewhere when its account cannot get there (a clone in /root)."""
    if user is None or all(path.stat().st_mode & stat.S_IXOTH for path in (data, *data.parents)):
        return data / "postgres"
    name = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    return Path("/var/tmp") / f"pitwatch-casino-{name}" / "postgres"


def prepare(data: Path, for_tests: bool = False) -> Program:
    """Makes the cluster if it is not there. Returns how to start it. Tests make databases of their own in it."""
    tools, user = binaries(), account()
    if tools is None:
        raise Stop("PostgreSQL is not installed: apt-get install postgresql")
    folder = data_folder(data, user)
    if not (folder / "casino-ready").exists():
        create(tools, folder, user, ROLE + MAY_CREATE if for_tests else ROLE)
    if folder.parent != data:
        say(f"PostgreSQL's data is in {folder}: account {user} cannot read {data}")
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    return Program(
        name="postgresql",
        command=[str(tools / "postgres"), "-D", str(folder), *options],
        ready=lambda: accepts(tools),
        port=ports.POSTGRES,
        folder=folder,
        user=user,
        # A fast shutdown: sessions are ended instead of waited for.
        stop_signal=2,
        stop_seconds=20,
    )


def create(tools: Path, folder: Path, user: str | None, statements: str) -> None:
    # A half-made cluster of an interrupted start is of no use to anybody.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    folder.chmod(0o700)
    if user:
        shutil.chown(folder, user, user)
    # Nobody logs in as the superuser: what it has to do is done in single-user mode.
    initdb = [str(tools / "initdb"), "-D", str(folder), "-U", "owner", "-A", "reject", "-E", "UTF8", "--locale=C.UTF-8"]
    run([*initdb, "--no-sync"], "", folder, user)
    (folder / "pg_hba.conf").write_text(WHO_MAY)
    run([str(tools / "postgres"), "--single", "-j", "-D", str(folder), "postgres"], statements, folder, user)
    (folder / "casino-ready").touch()


def run(command: list[str], text: str, folder: Path, user: str | None) -> None:
    """One of PostgreSQL's tools to its end."""
    result = subprocess.run(
        command,
        input=text,
        cwd=folder,
        env=base_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        user=user,
        group=user,
        extra_groups=[] if user else None,
    )
    output = result.stdout + result.stderr
    if result.returncode != 0 or "ERROR:" in output:
        raise Stop(f"{Path(command[0]).name} failed with status {result.returncode}:\n{output[-2000:]}")


def accepts(tools: Path) -> bool:
    command = [str(tools / "pg_isready"), "-q", "-h", ports.HOST, "-p", str(ports.POSTGRES), "-t", "2"]
    return subprocess.run(command, env=base_environment(), timeout=5).returncode == 0
