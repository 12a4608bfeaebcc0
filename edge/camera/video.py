"""A recording as a source: OpenCV's FFmpeg, the media's own clock."""

import logging
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from edge.camera.opencv import frame_rate, open_ffmpeg, pixel_aspect, to_square_pixels
from edge.camera.pixels import frame_of_bgr
from edge.camera.source import Recording
from edge.errors import CameraError, SourceError
from edge.records import Frame

log = logging.getLogger(__name__)

_FALLBACK_FPS = 25.0  # where the file names no usable rate
#: No picture of a video lasts longer; one of a GIF may (its delays are hundredths of a second in 16 bits).
_LONGEST_SECONDS, _LONGEST_IN_GIF_SECONDS = 10.0, 655.35


def open_file(path: Path) -> cv2.VideoCapture:
    """Opens a video file (or GIF). Raises SourceError."""
    try:
        size = path.stat().st_size
    except OSError as error:  # a looped file may have been deleted since it was first opened
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error
    if size == 0:
        raise SourceError(f"{path}: the file is empty")
    capture = open_ffmpeg(str(path))
    if not capture.isOpened():
        raise SourceError(f"{path}: not a video that OpenCV's FFmpeg can open, or damaged")
    return capture


class Video(Recording):
    """The frames of what `open_capture` opens. With `loop` it starts again at its end, and its clock goes on."""

    def __init__(
        self, open_capture: Callable[[], cv2.VideoCapture], name: str, *, loop: bool = False, rotate: int = 0
    ) -> None:
        self.name = name
        self._open = open_capture
        self._loop = loop
        self._longest = _LONGEST_IN_GIF_SECONDS if name.lower().endswith(".gif") else _LONGEST_SECONDS
        self._rotate = rotate
        self._t = -1.0  # of the last frame taken; -1: none yet
        self._round_start = 0.0  # the clock's time at the first frame of this round
        self._capture = self._open()
        self.fps: float = frame_rate(self._capture, 1000) or _FALLBACK_FPS
        self._frames = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self._ahead = self._capture.grab()  # the first frame was grabbed already, to check that there is one
        if not self._ahead:
            self.close()
            raise SourceError(f"{name}: no frame can be read from it; is it an empty or damaged video?")
        self._aspect = pixel_aspect(self._capture)
        self._first_position = self._position()
        self._in_round = 0
        self._jumped = False

    def read(self) -> Frame | None:
        if not self.skip():
            return None
        ok, image = self._capture.retrieve()
        if not ok or image is None:
            raise CameraError(f"{self.name}: the frame at {self._t:.1f} s cannot be decoded; damaged?")
        shaped = to_square_pixels(np.asarray(image, np.uint8), self._aspect)
        return frame_of_bgr(self._t, shaped, self._rotate)

    def skip(self) -> bool:
        if not self._ahead and not self._capture.grab():
            self._warn_if_cut_off()
            if not self._loop:
                return False
            self._restart()
        self._ahead = False
        t = self._round_start + self._position() - self._first_position
        next_t = self._t + 1 / self.fps
        if self._t >= 0 and abs(t - self._t) > self._longest:
            # The clock was set during the recording, or two recordings were joined: the time goes on from here.
            self._jumped = True
            self._round_start += next_t - t
            t = next_t
        # Some files have no usable time stamps: then the rate is the clock.
        self._t = t if t > self._t else next_t
        self._in_round += 1
        return True

    def close(self) -> None:
        self._capture.release()

    def _restart(self) -> None:
        # Opened anew: seeking to the start is not exact in every container.
        self._capture.release()
        self._capture = self._open()
        if not self._capture.grab():
            raise CameraError(f"{self.name}: no frame can be read from it any more; has it changed?")
        self._round_start = self._t + 1 / self.fps
        self._in_round = 0

    def _position(self) -> float:
        return float(self._capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000

    def _warn_if_cut_off(self) -> None:
        # A container's frame count is made from its clock and is often a few frames off; never by a tenth.
        if not self._jumped and self._in_round < 0.9 * self._frames:
            log.warning("%s ends after %d of %d frames: cut off or damaged", self.name, self._in_round, self._frames)
