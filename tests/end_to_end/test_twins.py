"""Two devices of one device.id, and `check` beside a daemon that runs: each as a process, on a real broker."""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.broker.client import BASE
from tests.broker.listener import Listener
from tests.broker.mosquitto import Mosquitto, free_port
from tests.daemon.process import Daemon, settings


@pytest.fixture
def demo(tmp_path: Path, python_env: dict[str, str], mosquitto: Mosquitto) -> Iterator[Daemon]:
    with Daemon(tmp_path / "daemon", python_env, settings(mosquitto.port, free_port()), "--demo") as daemon:
        yield daemon


def clash(daemon: Daemon) -> bool:
    return "device.id" in ((daemon.json("/api/status") or {}).get("problem") or "")


def test_check_beside_a_running_daemon_takes_neither_its_page_nor_its_topics_for_somebody_else_s(
    demo: Daemon, mosquitto: Mosquitto, python_env: dict[str, str], tmp_path: Path
) -> None:
    demo.until(lambda: demo.json("/api/status"), "the page")
    with Listener(mosquitto.port) as listener:
        listener.wait_for(f"{BASE}/availability", "online")

    def check(env: dict[str, str]) -> tuple[int, str]:
        command = [
            sys.executable,
            "-m",
            "edge",
            "check",
            "--config",
            str(tmp_path / "daemon" / "config.yaml"),
            "--source",
            "demo",
        ]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout

    status, said = check(python_env)
    assert status == 0, said
    assert "is taken by a Moodcast that runs" in said
    elsewhere = python_env | {"STATE_DIRECTORY": str(tmp_path / "another")}
    status, said = check(elsewhere)
    assert status == 2 and "another device on this broker has the device.id 'moodcast'" in said


def test_a_second_device_of_the_same_id_is_named_on_its_page(
    demo: Daemon, mosquitto: Mosquitto, python_env: dict[str, str], tmp_path: Path
) -> None:
    with Listener(mosquitto.port) as listener:
        listener.wait_for(f"{BASE}/availability", "online", seconds=30)
        port = free_port()
        other = python_env | {"STATE_DIRECTORY": str(tmp_path / "another")}
        with Daemon(tmp_path / "second", other, settings(mosquitto.port, port), "--demo") as second:
            for daemon in (demo, second):
                daemon.until(partial(clash, daemon), "the clash on its page")
            said = listener.texts(f"{BASE}/availability")
        assert "offline" not in said
