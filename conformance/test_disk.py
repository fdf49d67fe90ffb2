"""A disk that is really full: a small file system of its own, filled to the last byte and freed again."""

from __future__ import annotations

import errno
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from server import Answer, Project, Server, wait_until
from test_faults import Load, envelope, stored_ids

DISK_BYTES = 96 << 20
MOUNT = 'mount -t tmpfs -o size="$2" tmpfs "$1" && echo mounted && exec cat'
NO_DISK = """\
This test fills a disk and needs a small one. Neither `unshare --mount` (root with CAP_SYS_ADMIN) nor
`unshare --user --map-root-user --mount` (user namespaces) may mount a tmpfs here: {said}
In a container, add `--cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined`."""


class SmallDisk:
    """A tmpfs that only processes in its mount namespace see. A process that waits keeps it alive."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        said = []
        for apart in (["--mount"], ["--user", "--map-root-user", "--mount"]):
            holder = subprocess.Popen(
                ["unshare", *apart, "sh", "-c", MOUNT, "sh", str(folder), str(DISK_BYTES)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            assert holder.stdin is not None and holder.stdout is not None
            if holder.stdout.readline() == "mounted\n":
                break
            said.append(holder.communicate()[1].strip())
        else:
            pytest.fail(NO_DISK.format(said="; ".join(said)), pytrace=False)
        self.holder = holder
        self.enter = ["nsenter", "--target", str(holder.pid), "--mount", f"--wd={os.getcwd()}"]
        if "--user" in apart:
            self.enter[3:3] = ["--user", "--preserve-credentials"]
        self.filler = Path(f"/proc/{holder.pid}/root{folder}/filler")

    def fill(self) -> None:
        """Takes all that is left."""
        piece = 1 << 20
        with open(self.filler, "ab", buffering=0) as filler:
            while piece:
                try:
                    filler.write(b"\0" * piece)
                except OSError as error:
                    assert error.errno == errno.ENOSPC, error
                    piece //= 2

    def free(self) -> None:
        self.filler.unlink()

    def close(self) -> None:
        self.holder.communicate()


class ServerOnSmallDisk(Server):
    """A server whose data folder is a disk of its own."""

    def __init__(self, folder: Path) -> None:
        self.disk = SmallDisk(folder / "data")
        super().__init__(folder, [Project(1, "project-1")])

    def command(self) -> list[str]:
        return [*self.disk.enter, *super().command()]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerOnSmallDisk]:
    server = ServerOnSmallDisk(tmp_path / "server")
    try:
        server.start()
        yield server
    finally:
        server.stop()
        server.disk.close()


def send_event(server: Server, acknowledged: list[str]) -> Answer:
    """Sends an event large enough to need a new page of the disk now and then, and notes a yes."""
    event_id = secrets.token_hex(16)
    body = envelope(event_id, secrets.token_hex(1000))
    answer = server.request("POST", f"/api/1/envelope/?sentry_key={server.projects[1].key}", body)
    if answer.status == 200:
        acknowledged.append(event_id)
    return answer


def check_refusal(answer: Answer) -> None:
    assert answer.status in (429, 503), answer
    assert int(answer.headers["retry-after"]) > 0, answer
    if answer.status == 429:
        assert answer.headers["x-sentry-rate-limits"].endswith(":disk_full"), answer


def fill_until_refused(server: ServerOnSmallDisk, acknowledged: list[str]) -> None:
    """The server lets go of space now and then (of a merged part, of a segment), which is taken too."""

    def is_refused() -> bool:
        server.disk.fill()
        answer = send_event(server, acknowledged)
        if answer.status == 200:
            return False
        check_refusal(answer)
        return True

    wait_until(is_refused, 60, "events are refused")


def check_all_is_there_once(server: Server, acknowledged: list[str]) -> None:
    wait_until(lambda: set(acknowledged) <= set(stored_ids(server)), 60, "everything acknowledged is there")
    ids = stored_ids(server)
    assert [event for event in acknowledged if ids[event] != 1] == []
    assert sum(int(issue["count"]) for issue in server.issues(1)) == sum(ids.values())


def test_a_full_disk_refuses_events_and_loses_none(server: ServerOnSmallDisk) -> None:
    load = Load(server)
    wait_until(lambda: len(load.acknowledged) > 300, 30, "events are acknowledged")
    # Filled while events arrive: some of what is acknowledged is nowhere but in the intake log.
    server.disk.fill()
    load.stop()
    acknowledged = load.acknowledged

    fill_until_refused(server, acknowledged)
    for _ in range(30):
        server.disk.fill()
        answer = send_event(server, acknowledged)
        if answer.status != 200:
            check_refusal(answer)
        assert server.request("GET", "/-/live").status == 200
        assert server.issues(1), "what is there can be read"

    server.disk.free()
    wait_until(lambda: send_event(server, acknowledged).status == 200, 30, "events are accepted again")
    check_all_is_there_once(server, acknowledged)


def test_killed_on_a_full_disk_it_comes_back(server: ServerOnSmallDisk) -> None:
    acknowledged: list[str] = []
    for _ in range(50):
        assert send_event(server, acknowledged).status == 200
    server.disk.fill()
    fill_until_refused(server, acknowledged)
    server.kill()
    server.disk.fill()
    server.start()
    fill_until_refused(server, acknowledged)
    server.disk.free()
    wait_until(lambda: send_event(server, acknowledged).status == 200, 30, "events are accepted again")
    check_all_is_there_once(server, acknowledged)
