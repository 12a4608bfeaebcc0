"""What a network camera sends, decoded: through OpenCV's FFmpeg, or as JPEGs. Runs in the decoder's process only."""

import time
from functools import partial

import cv2
import numpy as np

from edge.camera.address import shown
from edge.camera.jpegs import Mjpeg, Snapshots, asking
from edge.camera.pixels import frame_of_bgr
from edge.camera.quiet import quiet_ffmpeg
from edge.camera.shape import in_shape, pixel_aspect, turn_upright
from edge.camera.source import Source
from edge.camera.video import Video
from edge.errors import CameraError
from edge.records import Frame


def open_feed(url: str, timeout_seconds: float, *, loop: bool = False) -> "Stream | Video | Mjpeg | Snapshots":
    """What is at `url`: a live stream, single pictures, or a recording where it has a known number of frames. Raises
    CameraError; of the address scheme, host and port are all that it ever shows."""
    name = shown(url)
    if url.lower().startswith("http"):
        ask = asking(url, timeout_seconds)
        answer = ask()
        kind = answer.headers.get_content_type()
        if kind.startswith("multipart/"):
            return Mjpeg(answer, name)
        if kind.startswith("image/"):
            return Snapshots(ask, answer, name)
        answer.close()
        if kind == "text/html":
            raise CameraError(f"{name}: a web page is there and no picture; its manual says where its stream is")

    open_capture = partial(_open, url, name, timeout_seconds)
    capture = open_capture()
    if capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0:
        capture.release()
        return Video(open_capture, name, loop=loop)
    return Stream(capture, name)


class Stream(Source):
    """The frames of a network camera as they come. All of them are decoded, or the picture would break."""

    backlog = True
    #: A codec that sends only what has changed shows an empty room as the very same picture for a while.
    still_seconds = 30.0

    def __init__(self, capture: cv2.VideoCapture, name: str) -> None:
        self.name = name
        self._capture = capture
        self._taken = 0
        self._aspect = pixel_aspect(capture)
        fps = capture.get(cv2.CAP_PROP_FPS)
        self.fps: float | None = fps if 0 < fps <= 240 else None

    def read(self) -> Frame | None:
        self.skip()
        t = time.monotonic()
        ok, image = self._capture.retrieve()
        if not ok or image is None:
            raise CameraError(f"{self.name}: a frame cannot be decoded")
        return frame_of_bgr(self._taken - 1, t, in_shape(np.asarray(image, np.uint8), self._aspect))

    def skip(self) -> bool:
        if not self._capture.grab():
            raise CameraError(f"{self.name}: the stream has stopped; is the camera on, and the network up?")
        self._taken += 1
        return True

    def close(self) -> None:
        self._capture.release()


def _open(url: str, name: str, timeout_seconds: float) -> cv2.VideoCapture:
    quiet_ffmpeg()
    limit = round(timeout_seconds * 1000)
    # Without these OpenCV waits for a silent server without end.
    timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, limit, cv2.CAP_PROP_READ_TIMEOUT_MSEC, limit]
    capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, timeouts)
    turn_upright(capture)
    if not capture.isOpened():
        raise CameraError(f"{name}: no video comes from there; check the address, the password and the network")
    return capture
