"""sd_notify over real sockets."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.outputs.systemd import Notifier


@pytest.fixture
def manager() -> Iterator[socket.socket]:
    """systemd's end, as it is on a Pi: an abstract address."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0moodcast-test-{os.getpid()}")
        manager.settimeout(5)
        yield manager


@pytest.fixture
def notifier(manager: socket.socket) -> Iterator[Notifier]:
    notifier = Notifier(f"@moodcast-test-{os.getpid()}")
    yield notifier
    notifier.close()


def test_it_tells_what_systemd_wants_to_know(manager: socket.socket, notifier: Notifier) -> None:
    notifier.ready()
    notifier.watchdog()
    for line in ("camera ok", "camera ok", "camera dark"):
        notifier.status(line)
    notifier.stopping()
    told = [manager.recv(1000) for _ in range(5)]
    assert told == [b"READY=1", b"WATCHDOG=1", b"STATUS=camera ok", b"STATUS=camera dark", b"STOPPING=1"]


def test_a_socket_in_the_file_system_does_too(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(5)
        notifier = Notifier(str(tmp_path / "notify"))
        notifier.ready()
        assert manager.recv(1000) == b"READY=1"
        notifier.close()
        notifier.ready()  # after the end it says nothing, and does not fail


@pytest.mark.parametrize("address", [None, "", "relative", "/nowhere/at/all", "@nobody-listens"])
def test_without_systemd_nothing_happens(address: str | None) -> None:
    notifier = Notifier(address)
    notifier.ready()
    notifier.watchdog()
    notifier.close()


def test_a_manager_that_does_not_read_does_not_hold_us_up(notifier: Notifier) -> None:
    for _ in range(10_000):
        notifier.watchdog()
