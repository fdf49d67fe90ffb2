"""One Kafka broker in KRaft mode from Apache Kafka's own jars, with as little memory as it works with."""

from __future__ import annotations

import subprocess
from pathlib import Path

import ports
from places import KAFKA
from programs import Program, base_environment
from say import Stop

URL = f"kafka://{ports.HOST}:{ports.KAFKA}"
# Any fixed name does: there is one cluster of one broker.
CLUSTER_ID = "cGl0d2F0Y2gtY2FzaW5vMQ"
# Measured: 165 MB resident with 74 threads, of which half is the heap.
JVM = [
    "-Xms32m", "-Xmx128m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=32m",
    "-Xshare:auto", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
]  # fmt: skip
PROPERTIES = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": f"1@{ports.HOST}:{ports.KAFKA_CONTROLLER}",
    "listeners": f"PLAINTEXT://{ports.HOST}:{ports.KAFKA},CONTROLLER://{ports.HOST}:{ports.KAFKA_CONTROLLER}",
    "advertised.listeners": f"PLAINTEXT://{ports.HOST}:{ports.KAFKA}",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    # One of everything: nothing here is replicated, and each partition costs files and memory.
    "num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    # Consumers start one by one; waiting for more of them only makes the start longer.
    "group.initial.rebalance.delay.ms": "0",
    "num.network.threads": "1",
    "num.io.threads": "2",
    "background.threads": "2",
    "log.cleaner.dedupe.buffer.size": "2097152",
    "log.segment.bytes": "16777216",
    "log.retention.hours": "24",
    "log.retention.bytes": "134217728",
    "auto.create.topics.enable": "true",
}


def prepare(data: Path, java: str) -> Program:
    """Formats the data folder if it is new. Returns how to start the broker."""
    folder = data / "kafka"
    logs = folder / "log"
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "server.properties"
    settings.write_text("".join(f"{name}={value}\n" for name, value in (PROPERTIES | {"log.dirs": str(logs)}).items()))
    machine = [java, *JVM, "-cp", f"{KAFKA / 'libs'}/*"]
    if not (logs / "meta.properties").exists():
        format_folder([*machine, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(settings)])
    return Program(
        name="kafka",
        command=[*machine, "kafka.Kafka", str(settings)],
        ready=lambda: ports.answers(ports.KAFKA),
        port=ports.KAFKA,
        folder=folder,
        stop_seconds=15,
    )


def format_folder(command: list[str]) -> None:
    result = subprocess.run(command, env=base_environment(), capture_output=True, text=True, timeout=60)
    if result.returncode != 0:
        raise Stop(f"Kafka's data folder cannot be made:\n{(result.stdout + result.stderr)[-2000:]}")
