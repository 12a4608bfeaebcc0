"""The picture is gone when the camera is off: what stands in the daemon's memory then, read from outside."""

import os
import re
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.records import Image
from tests.camera.http_cameras import HttpCamera, encoded
from tests.daemon.process import Daemon

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may look into a process that is not dumpable")

#: Every so many rows of the picture a piece is searched for, and how long it is.
ROWS_APART, PIECE_BYTES = 110, 48


@pytest.fixture(scope="module")
def pictures() -> list[bytes]:
    """A room that no other process has in its memory: noise, coarse enough for JPEG to keep."""
    coarse = np.random.default_rng(20260131).integers(40, 215, (60, 80, 3), np.uint8)
    room: Image = np.asarray(cv2.resize(coarse, (640, 480), interpolation=cv2.INTER_CUBIC), np.uint8)
    # A different corner in each, as a sensor's noise makes it.
    return [encoded(np.concatenate([np.full((16, 640, 3), 100 + n, np.uint8), room[16:]])) for n in range(8)]


def pieces(jpeg: bytes) -> list[bytes]:
    """What a copy of the picture has in it: as the camera sent it, in colour, and in grey."""
    colour = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert colour is not None
    found = [jpeg[at : at + PIECE_BYTES] for at in range(2000, len(jpeg) - 2000, 5000)]
    for image in (colour, cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)):
        found += [image[row].tobytes()[300 : 300 + PIECE_BYTES] for row in range(40, 480, ROWS_APART)]
    return found


def held(process: int, wanted: list[bytes]) -> int:
    """How many of the pieces stand somewhere in what a process may write to."""
    memory: list[bytes] = []
    with Path(f"/proc/{process}/maps").open() as maps, Path(f"/proc/{process}/mem").open("rb", buffering=0) as file:
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if found is None or "[v" in line:
                continue
            start, end = (int(side, 16) for side in found.groups())
            file.seek(start)
            try:
                memory.append(file.read(end - start))
            except OSError:
                continue
    return sum(any(piece in part for part in memory) for piece in wanted)


@pytest.fixture
def daemon(tmp_path: Path, python_env: dict[str, str], pictures: list[bytes], free_port: int) -> Iterator[Daemon]:
    with HttpCamera(lambda number: pictures[number % len(pictures)]) as camera:
        said = {
            "camera": {"source": camera.url("/stream.mjpg")},
            "mqtt": {"enabled": False},
            "web": {"host": "127.0.0.1", "port": free_port, "snapshot": True},
        }
        with Daemon(tmp_path / "daemon", python_env, said) as daemon:
            yield daemon


def test_no_piece_of_the_picture_is_left_in_memory_once_the_camera_is_off(
    daemon: Daemon, pictures: list[bytes]
) -> None:
    daemon.until(lambda: daemon.get("/snapshot.jpg"), "a picture")
    assert daemon.process is not None
    process, wanted = daemon.process.pid, pieces(pictures[0])
    # More than one look: frames come and go while one lasts.
    daemon.until(lambda: held(process, wanted) > 0, "a piece of the picture while the camera is on")
    assert daemon.post("/api/camera", b'{"on": false}')[0] == 202
    daemon.until(lambda: daemon.json("/api/status")["camera_state"] == "paused", "the pause")
    assert held(process, wanted) == 0
    assert daemon.post("/api/camera", b'{"on": true}')[0] == 202


def test_neither_a_core_file_nor_another_of_the_same_user_gets_at_the_memory(daemon: Daemon) -> None:
    daemon.until(lambda: daemon.json("/api/status"), "the page")
    assert daemon.process is not None
    pid = daemon.process.pid
    assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)
    # A process that is not dumpable has its files in /proc given to root (proc(5)); and it leaves no core file.
    assert daemon.stop(signal.SIGSEGV) == -signal.SIGSEGV
    assert not list(Path(daemon.folder).glob("core*"))
