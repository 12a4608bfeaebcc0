"""A camera that is away, from the room to the wire: the daemon as a process, a network camera, a real broker."""

import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.records import Image
from tests.broker.client import BASE
from tests.broker.listener import Listener
from tests.broker.mosquitto import Mosquitto
from tests.camera.http_cameras import HttpCamera, encoded, noisy
from tests.daemon.process import PORTRAIT, QUICK, Daemon, settings
from tests.end_to_end.wire import moods


@pytest.fixture(scope="module")
def somebody() -> list[bytes]:
    """A smiling face before a wall, a second of it, with noise."""
    portrait = cv2.imread(str(PORTRAIT))
    assert portrait is not None
    near = cv2.resize(portrait, (480, 480))
    wide: Image = np.asarray(cv2.copyMakeBorder(near, 0, 0, 80, 80, cv2.BORDER_CONSTANT, value=(150,) * 3), np.uint8)
    return [encoded(noisy(wide, seed)) for seed in range(20)]


@pytest.fixture
def camera(somebody: list[bytes]) -> Iterator[HttpCamera]:
    with HttpCamera(lambda number: somebody[number % len(somebody)]) as camera:
        yield camera


def states(listener: Listener) -> list[tuple[str, str]]:
    """(camera, problem) as they changed on the wire."""
    said = [(h.json["camera"], h.json["problem"]) for h in listener.heard if h.topic == f"{BASE}/state"]
    return [state for state, before in zip(said, [None, *said], strict=False) if state != before]


def test_a_camera_that_is_missing_at_boot_and_comes_later_costs_no_restart(
    camera: HttpCamera, tmp_path: Path, python_env: dict[str, str], mosquitto: Mosquitto, free_port: int
) -> None:
    camera.stop()
    started = settings(
        mosquitto.port, free_port, camera={"source": camera.url("/stream.mjpg"), "timeout_seconds": 1}, mood=QUICK
    )
    with Listener(mosquitto.port) as listener, Daemon(tmp_path / "daemon", python_env, started) as daemon:
        daemon.until(lambda: (daemon.json("/api/status") or {}).get("camera_state") == "failed", "the problem")
        status = daemon.json("/api/status")
        assert f"http://127.0.0.1:{camera.port}" in status["problem"]
        page = daemon.get("/")
        assert page is not None and status["problem"] in page.decode()
        daemon.until(lambda: moods(listener) == ["absent", "unknown"], "nothing to be claimed")
        assert listener.texts(f"{BASE}/availability") == ["online"]
        time.sleep(3.0)
        assert daemon.log.count(status["problem"]) == 1
        camera.start()
        daemon.until(lambda: moods(listener)[-1] == "happy", "the mood once there is a camera", timeout=60)
        assert moods(listener) == ["absent", "unknown", "neutral", "happy"]
        assert states(listener)[-1] == ("ok", "")
        assert daemon.stop() == 0
    assert "Traceback" not in daemon.log


def test_a_camera_that_dies_leaves_no_mood_behind_and_the_switch_works(
    camera: HttpCamera, tmp_path: Path, python_env: dict[str, str], mosquitto: Mosquitto, free_port: int
) -> None:
    # A timeout that is far longer than a mood may be old.
    started = settings(
        mosquitto.port, free_port, camera={"source": camera.url("/stream.mjpg"), "timeout_seconds": 45}, mood=QUICK
    )
    with Listener(mosquitto.port) as listener, Daemon(tmp_path / "daemon", python_env, started) as daemon:
        daemon.until(lambda: moods(listener)[-1:] == ["happy"], "a mood")
        camera.stall.set()
        daemon.until(lambda: moods(listener)[-1] == "unknown", "nothing to be claimed", timeout=15)
        listener.say(f"{BASE}/camera/set", "OFF")
        daemon.until(lambda: moods(listener)[-1] == "paused", "the pause")
        listener.say(f"{BASE}/camera/set", "ON")
        camera.stall.clear()
        daemon.until(lambda: moods(listener)[-1] == "happy", "the mood again")


def test_pauses_of_a_few_seconds_are_neither_departures_nor_arrivals(
    camera: HttpCamera, tmp_path: Path, python_env: dict[str, str], mosquitto: Mosquitto, free_port: int
) -> None:
    started = settings(mosquitto.port, free_port, camera={"source": camera.url("/stream.mjpg")}, mood=QUICK)
    with Listener(mosquitto.port) as listener, Daemon(tmp_path / "daemon", python_env, started) as daemon:
        daemon.until(lambda: moods(listener)[-1:] == ["happy"], "a mood")
        for _ in range(2):
            camera.stall.set()
            began = time.monotonic()
            time.sleep(3.5)
            camera.stall.clear()
            if time.monotonic() - began > 4.0:
                pytest.skip("this machine is too busy to make a pause of less than five seconds")
            time.sleep(3.0)
        assert moods(listener) == ["absent", "neutral", "happy"]
        assert listener.texts(f"{BASE}/availability") == ["online"]


def decoders_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(child) for file in children for child in file.read_text().split()]
    return [child for child in found if b"edge.camera.decoder" in Path(f"/proc/{child}/cmdline").read_bytes()]


def test_the_decoder_dies_with_the_daemon_however_that_dies(
    camera: HttpCamera, tmp_path: Path, python_env: dict[str, str], free_port: int
) -> None:
    web = {"host": "127.0.0.1", "port": free_port}
    started = {"mqtt": {"enabled": False}, "web": web, "camera": {"source": camera.url("/stream.mjpg")}}
    with Daemon(tmp_path / "daemon", python_env, started) as daemon:
        assert daemon.process is not None
        pid = daemon.process.pid
        (decoder,) = daemon.until(lambda: decoders_of(pid), "the decoder")
        daemon.until(lambda: (daemon.json("/api/status") or {}).get("camera_state") == "ok", "a picture")
        daemon.kill()
        deadline = time.monotonic() + 20
        while Path(f"/proc/{decoder}/cmdline").exists() and Path(f"/proc/{decoder}/cmdline").read_bytes():
            assert time.monotonic() < deadline, "it lives on"
            time.sleep(0.05)
