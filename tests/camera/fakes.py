"""What the camera tests share: small recordings made on the spot, and cameras that fail on purpose."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from edge.camera.pixels import frame_of_bgr
from edge.camera.source import Source
from edge.errors import CameraError
from edge.records import Frame, Image


def shade(number: int, width: int = 64, height: int = 48) -> Image:
    """A picture of one grey that tells which frame it is."""
    return np.full((height, width, 3), min(20 + 8 * number, 255), np.uint8)


def number_in(image: Image) -> int:
    """The frame's number again, through a lossy codec."""
    return round((float(image.mean()) - 20) / 8)


def write_video(
    path: Path, frames: int, fps: float = 10.0, size: tuple[int, int] = (64, 48), codec: str = "mp4v"
) -> Path:
    """A real video whose frame n shows `shade(n)`."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, size)
    assert writer.isOpened(), f"OpenCV writes no {codec} here"
    for number in range(frames):
        writer.write(shade(number, *size))
    writer.release()
    return path


@contextmanager
def holding(path: Path) -> Iterator[int]:
    """Another program has the file open: its process."""
    waits = "import sys; file = open(sys.argv[1]); print(flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", waits, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline()
        yield other.pid
        other.communicate()


class FakeCamera(Source):
    """A live camera at 50 frames a second whose calls are counted; it can be made to fail, hang or refuse.

    `hang` blocks read(), skip() and close() for as long as it is set: what libcamera has been seen to do.
    """

    def __init__(self, *, dies_after: int | None = None, backlog: bool = False) -> None:
        self.name = "fake camera"
        self.fps: float | None = 50.0
        self.backlog = backlog
        self.dies_after = dies_after
        self.still_seconds: float | None = None
        self.hang = threading.Event()
        self.hang_at_close = threading.Event()
        self.opened = threading.Event()
        self.closed = threading.Event()
        self.read_count = 0
        self.skip_count = 0
        self.paces: list[float] = []
        self.threads: set[str] = set()

    def open(self) -> "FakeCamera":
        self.opened.set()
        return self

    def read(self) -> Frame | None:
        self._next()
        self.read_count += 1
        return frame_of_bgr(time.monotonic(), self.picture())

    def picture(self) -> Image:
        return shade(0)

    def skip(self) -> bool:
        self._next()
        self.skip_count += 1
        return True

    def pace(self, interval_seconds: float) -> None:
        self.paces.append(interval_seconds)

    def close(self) -> None:
        self._wait_while(self.hang_at_close)
        self.closed.set()

    def _next(self) -> None:
        self.threads.add(threading.current_thread().name)
        time.sleep(0.02)
        self._wait_while(self.hang)
        if self.dies_after is not None and self.read_count >= self.dies_after:
            raise CameraError("fake camera: unplugged")

    @staticmethod
    def _wait_while(event: threading.Event) -> None:
        while event.is_set():
            time.sleep(0.01)
