"""What the whole daemon costs, held against the goals of docs/cost.md. Each test prints what it measured."""

import os
import time
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.records import LABELS
from tests.broker.mosquitto import Mosquitto
from tests.daemon.process import PORTRAIT, Daemon, film, settings
from tests.soak.process import measure

pytestmark = pytest.mark.bench


def cpu_seconds(daemon: Daemon) -> dict[int, float]:
    """User and system time of each thread so far; the main thread has the process's number."""
    assert daemon.process is not None
    found = {}
    for thread in Path(f"/proc/{daemon.process.pid}/task").iterdir():
        fields = (thread / "stat").read_text().rpartition(")")[2].split()
        found[int(thread.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def resident(daemon: Daemon, when: str) -> float:
    assert daemon.process is not None
    mib = measure(daemon.process.pid, 0.0).rss_mib
    print(f"{when}: {mib:.1f} MiB")
    return mib


def large_photo() -> bytes:
    """16 megapixels with a face, as a JPEG."""
    portrait = cv2.imread(str(PORTRAIT))
    assert portrait is not None
    factor = (16e6 / (portrait.shape[0] * portrait.shape[1])) ** 0.5
    return cv2.imencode(".jpg", cv2.resize(portrait, None, fx=factor, fy=factor))[1].tobytes()


def test_page_mqtt_and_fourteen_large_photos_take_at_most_110_mib(
    tmp_path: Path, python_env: dict[str, str], mosquitto: Mosquitto, free_port: int
) -> None:
    with Daemon(tmp_path / "daemon", python_env, settings(mosquitto.port, free_port), "--demo") as daemon:
        daemon.until(lambda: daemon.get("/"), "the page")
        resident(daemon, "started")
        with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/api/events", timeout=60):
            daemon.until(lambda: daemon.json("/api/status")["mood"] in LABELS, "a mood")
            resident(daemon, "page open")
            picture = large_photo()
            for number in range(14):
                status, answer = daemon.post("/api/photo", picture, "application/octet-stream")
                assert (status, len(answer["faces"])) == (200, 1), number
            assert resident(daemon, "photos read") <= 110.0


def test_an_empty_room_takes_less_than_a_hundredth_of_a_core(
    tmp_path: Path, python_env: dict[str, str], mosquitto: Mosquitto, free_port: int
) -> None:
    wall = tmp_path / "wall"
    wall.mkdir()
    for number in range(4):
        noise = np.random.default_rng(number).integers(-4, 5, (480, 640, 3))
        cv2.imwrite(str(wall / f"{number}.jpg"), (150 + noise).astype(np.uint8))
    chosen = settings(mosquitto.port, free_port, camera={"source": str(wall), "loop": True})
    with Daemon(tmp_path / "daemon", python_env, chosen) as daemon:
        daemon.until(lambda: (daemon.json("/api/status") or {}).get("camera_state") == "ok", "the first look")
        time.sleep(10)  # until the room counts as empty
        before, since = cpu_seconds(daemon), time.monotonic()
        time.sleep(60)
        after, seconds = cpu_seconds(daemon), time.monotonic() - since
        assert daemon.process is not None
        main = daemon.process.pid
    spent = {thread: (cpu - before.get(thread, 0.0)) / seconds for thread, cpu in after.items()}
    # What a camera itself costs differs from one to the next. Its thread is the busiest beside the main one.
    camera = max(share for thread, share in spent.items() if thread != main)
    share = sum(spent.values()) - camera
    print(f"an empty room: {share:.2%} of a core, and {camera:.2%} to decode the images of this one")
    assert share < 0.01


def test_the_first_mood_costs_less_than_a_second_and_a_half_of_cpu(
    tmp_path: Path, python_env: dict[str, str], free_port: int
) -> None:
    recording = film(tmp_path / "person.avi", 6.0, 0.0, fps=30.0)
    chosen = settings(1, free_port, camera={"source": str(recording), "loop": True}) | {"mqtt": {"enabled": False}}
    with Daemon(tmp_path / "daemon", python_env, chosen) as daemon:
        daemon.until(lambda: daemon.json("/api/status"), "the page")
        page = sum(cpu_seconds(daemon).values())
        daemon.until(lambda: daemon.json("/api/status")["mood"] in LABELS, "a mood")
        spent = sum(cpu_seconds(daemon).values())
    print(f"page: {page:.2f} s of CPU, first mood: {spent:.2f} s")
    assert spent < 1.5
