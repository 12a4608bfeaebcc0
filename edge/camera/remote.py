"""A network camera (rtsp, http) or a video on a web server as a source, decoded in a process of its own."""

import json
import math
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from edge.camera.address import add_password, redact
from edge.camera.pixels import frame_of_bgr
from edge.camera.reader import no_frame, opening_seconds
from edge.camera.source import Source
from edge.config import CameraConfig
from edge.errors import CameraError
from edge.records import Frame

#: The longest line the decoder answers.
_LINE_BYTES = 4096
#: Pixels of a frame's longer side: 4K.
MOST_SIDE = 4096


def _environment() -> dict[str, str]:
    """The decoder's: ours without its secrets, for the decoder handles foreign bytes."""
    kept = {key: value for key, value in os.environ.items()
            if not key.startswith("MOODCAST_") and key not in ("CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET")}  # fmt: skip
    # One core is enough for a stream, and every thread of a numeric library costs memory.
    return kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


class NetworkCamera(Source):
    """Frames from a `decoder` process; a hostile stream can break no other. A call that takes longer than the camera's
    timeout raises CameraError. See `Source`."""

    def __init__(self, url: str, camera: CameraConfig) -> None:
        """Raises CameraError, and SourceError where `url` is no address."""
        self.name = redact(url)
        url = add_password(url, camera.password)
        self._timeout = camera.timeout_seconds
        self._rotate = camera.rotate
        self._rest = b""
        root = Path(__file__).resolve().parents[2]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "edge.camera.decoder"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=root,
            bufsize=0,
            env=_environment(),
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout
        try:
            # Not as an argument, which every user of the machine can read: the address may hold a password.
            request = {"url": url, "timeout_seconds": camera.timeout_seconds, "loop": camera.loop}
            self._send(json.dumps(request).encode() + b"\n")
            opened = self._receive_line(opening_seconds(camera.timeout_seconds))
        except CameraError:
            self.close()
            raise
        self.live: bool = opened["live"]
        self.backlog: bool = opened["backlog"]
        self.still_seconds: float | None = opened["still_seconds"]
        self.fps: float | None = opened["fps"]

    def read(self) -> Frame | None:
        self._send(b"r")
        answer = self._receive_line(self._timeout)
        if not answer["more"]:
            return None
        height, width, t = int(answer["height"]), int(answer["width"]), float(answer["t"])
        if not (0 < height <= MOST_SIDE and 0 < width <= MOST_SIDE and math.isfinite(t)):
            raise CameraError(f"{self.name}: a frame of {width}×{height} pixels; set the camera to fewer")
        image = np.empty((height, width, 3), np.uint8)
        self._receive_pixels(image.reshape(-1).data, time.monotonic() + self._timeout)
        return frame_of_bgr(t, image, self._rotate)

    def skip(self) -> bool:
        self._send(b"s")
        return bool(self._receive_line(self._timeout)["more"])

    def interrupt(self) -> None:
        self._process.kill()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._requests.close()
        self._answers.close()

    def _send(self, request: bytes) -> None:
        try:
            self._requests.write(request)
        except OSError as error:
            raise CameraError(self._describe_death()) from error

    def _receive_line(self, seconds: float) -> Any:
        """The decoder's next line. Raises CameraError: its error, its death, or no line within `seconds`."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._rest and len(self._rest) <= _LINE_BYTES:
            self._rest += self._receive(deadline, seconds)
        line, _, self._rest = self._rest.partition(b"\n")
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise CameraError(f"{self.name}: its decoder answers nonsense") from error
        if "error" in answer:
            raise CameraError(answer["error"])
        return answer

    def _receive_pixels(self, pixels: memoryview, deadline: float) -> None:
        at = min(len(self._rest), len(pixels))
        pixels[:at], self._rest = self._rest[:at], self._rest[at:]
        while at < len(pixels):
            self._wait_readable(deadline, self._timeout)
            got = os.readv(self._answers.fileno(), [pixels[at:]])
            if not got:
                raise CameraError(self._describe_death())
            at += got

    def _receive(self, deadline: float, seconds: float) -> bytes:
        self._wait_readable(deadline, seconds)
        got = os.read(self._answers.fileno(), _LINE_BYTES)
        if not got:
            raise CameraError(self._describe_death())
        return got

    def _wait_readable(self, deadline: float, seconds: float) -> None:
        ready, _, _ = select.select([self._answers], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise CameraError(no_frame(self.name, seconds))

    def _describe_death(self) -> str:
        self._process.kill()
        code = self._process.wait()
        why = signal.Signals(-code).name if code < 0 else f"status {code}"
        return f"{self.name}: its decoder has died ({why}): what the camera sends is damaged, or larger than 1080p"
