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

from edge.camera.address import shown, with_password
from edge.camera.pixels import frame_of_bgr
from edge.camera.reader import no_frame, opening_seconds
from edge.camera.source import Source
from edge.config import CameraConfig
from edge.errors import CameraError
from edge.records import Frame

#: A line of the decoder's is no longer.
_LINE_BYTES = 4096
#: Pixels of a frame's side: 4K, either way round.
MOST_SIDE = 4096


def _environment() -> dict[str, str]:
    """Ours without its secrets: foreign bytes are decoded there."""
    kept = {key: value for key, value in os.environ.items()
            if not key.startswith("MOODCAST_") and key not in ("CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET")}  # fmt: skip
    # One core is enough for a stream, and every thread of a numeric library would cost memory.
    return kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


class Remote(Source):
    """Frames that `decoder` hands over. No call takes longer than the camera's timeout: then the decoder is killed,
    which is all that a stream can break, and CameraError says so. See `Source`."""

    def __init__(self, url: str, camera: CameraConfig) -> None:
        """Raises CameraError, and SourceError where `url` is no address."""
        self.name = shown(url)
        url = with_password(url, camera.password)
        self._timeout = camera.timeout_seconds
        self._rotate = camera.rotate
        self._taken = 0
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
        try:
            # The address goes this way and not as an argument, which everybody on the machine could read.
            wish = {"url": url, "timeout_seconds": camera.timeout_seconds, "loop": camera.loop}
            self._ask(json.dumps(wish).encode() + b"\n")
            opened = self._answer(opening_seconds(camera.timeout_seconds))
        except CameraError:
            self.close()
            raise
        self.live: bool = opened["live"]
        self.backlog: bool = opened["backlog"]
        self.still_seconds: float | None = opened["still_seconds"]
        self.fps: float | None = opened["fps"]

    def read(self) -> Frame | None:
        self._ask(b"r")
        answer = self._answer(self._timeout)
        if not answer["more"]:
            return None
        height, width, t = int(answer["height"]), int(answer["width"]), float(answer["t"])
        if not (0 < height <= MOST_SIDE and 0 < width <= MOST_SIDE and math.isfinite(t)):
            raise CameraError(f"{self.name}: a frame of {width}×{height} pixels; set the camera to fewer")
        image = np.empty((height, width, 3), np.uint8)
        self._fill(image.reshape(-1).data, time.monotonic() + self._timeout)
        self._taken += 1
        return frame_of_bgr(self._taken - 1, t, image, self._rotate)

    def skip(self) -> bool:
        self._ask(b"s")
        more: bool = self._answer(self._timeout)["more"]
        self._taken += more
        return more

    def interrupt(self) -> None:
        self._process.kill()

    def close(self) -> None:
        """At once: its work is not needed any more."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _ask(self, wish: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(wish)
        except OSError as error:
            raise CameraError(self._death()) from error

    def _answer(self, seconds: float) -> Any:
        """The decoder's next line. Raises CameraError: it says what is wrong, has died, or says nothing for so long."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._rest and len(self._rest) <= _LINE_BYTES:
            self._rest += self._more(deadline, seconds)
        line, _, self._rest = self._rest.partition(b"\n")
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise CameraError(f"{self.name}: its decoder answers nonsense") from error
        if "error" in answer:
            raise CameraError(answer["error"])
        return answer

    def _fill(self, pixels: memoryview, deadline: float) -> None:
        at = min(len(self._rest), len(pixels))
        pixels[:at], self._rest = self._rest[:at], self._rest[at:]
        assert self._process.stdout is not None
        while at < len(pixels):
            self._wait(deadline, self._timeout)
            got = os.readv(self._process.stdout.fileno(), [pixels[at:]])
            if not got:
                raise CameraError(self._death())
            at += got

    def _more(self, deadline: float, seconds: float) -> bytes:
        assert self._process.stdout is not None
        self._wait(deadline, seconds)
        got = os.read(self._process.stdout.fileno(), _LINE_BYTES)
        if not got:
            raise CameraError(self._death())
        return got

    def _wait(self, deadline: float, seconds: float) -> None:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise CameraError(no_frame(self.name, seconds))

    def _death(self) -> str:
        self._process.kill()
        code = self._process.wait()
        why = signal.Signals(-code).name if code < 0 else f"status {code}"
        return f"{self.name}: its decoder has died ({why}): what the camera sends is damaged, or larger than 1080p"
