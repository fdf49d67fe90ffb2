"""RabbitMQ, the other bus (`--bus rabbitmq`): one node with its name service, both on loopback only."""

from __future__ import annotations

import shutil
from pathlib import Path

import ports
from programs import Program
from say import Stop

URL = f"amqp://{ports.HOST}:{ports.RABBITMQ}"
NODE = "casino@localhost"
# Debian's script changes to an account of its own, whose folders are elsewhere. Those of the server do not.
SCRIPTS = (Path("/usr/lib/rabbitmq/bin"), Path("/usr/local/sbin"), Path("/opt/homebrew/sbin"))
# One scheduler that sleeps when there is nothing to do. Nodes talk to each other on loopback.
MACHINE = "+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}"
SETTINGS = f"""\
listeners.tcp.casino = {ports.HOST}:{ports.RABBITMQ}
vm_memory_high_watermark.absolute = 256MiB
disk_free_limit.absolute = 64MiB
log.console = true
log.console.level = warning
log.file = false
"""


def server() -> Path | None:
    found = next((folder / "rabbitmq-server" for folder in SCRIPTS if (folder / "rabbitmq-server").exists()), None)
    on_path = shutil.which("rabbitmq-server")
    return found or (Path(on_path) if on_path else None)


def prepare(data: Path) -> tuple[Program, Program]:
    """The service that knows where nodes are, and the node."""
    script, names = server(), shutil.which("epmd")
    if script is None or names is None:
        raise Stop("RabbitMQ is not installed: apt-get install rabbitmq-server")
    folder = data / "rabbitmq"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rabbitmq.conf").write_text(SETTINGS)
    (folder / "enabled_plugins").write_text("[].\n")
    environment = {
        "HOME": str(folder),
        "ERL_EPMD_ADDRESS": ports.HOST,
        "ERL_EPMD_PORT": str(ports.RABBITMQ_NAMES),
        "RABBITMQ_NODENAME": NODE,
        "RABBITMQ_DIST_PORT": str(ports.RABBITMQ_NODES),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "no-more-settings"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": MACHINE,
    }
    return (
        Program(
            name="rabbitmq's names",
            command=[names, "-address", ports.HOST, "-port", str(ports.RABBITMQ_NAMES)],
            ready=lambda: ports.answers(ports.RABBITMQ_NAMES),
            port=ports.RABBITMQ_NAMES,
            folder=folder,
        ),
        Program(
            name="rabbitmq",
            command=[str(script)],
            ready=lambda: ports.answers(ports.RABBITMQ),
            port=ports.RABBITMQ,
            environment=environment,
            folder=folder,
            stop_seconds=15,
        ),
    )
