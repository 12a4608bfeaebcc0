"""A network camera (rtsp, http MJPEG) or a video on a web server as a source, through OpenCV's FFmpeg."""

import time
from functools import partial
from urllib.parse import urlsplit

import cv2
import numpy as np

from edge.camera.pixels import frame_of_bgr
from edge.camera.quiet import quiet_ffmpeg
from edge.camera.video import Video
from edge.config import CameraConfig
from edge.errors import CameraError, SourceError
from edge.records import Frame

SCHEMES = ("rtsp", "rtsps", "http", "https")


def open_url(url: str, camera: CameraConfig) -> "Stream | Video":
    """What is at `url`: a live stream, or a recording where it has a known number of frames. Raises CameraError.

    An address can hold a user, a password or a token: all that is ever shown of it is scheme, host and port.
    """
    name = shown(url)
    open_capture = partial(_open, url, name, camera.timeout_seconds)
    capture = open_capture()
    if capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0:
        capture.release()
        return Video(open_capture, name, loop=camera.loop, rotate=camera.rotate)
    return Stream(capture, name, camera)


def shown(url: str) -> str:
    """`url` without anything that may be secret. Raises SourceError where it is no address of a camera."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SourceError("not an address; write rtsp://host:port/path") from error
    if parts.scheme not in SCHEMES:
        raise SourceError(f"{parts.scheme}:// is not supported; {', '.join(SCHEMES)} are")
    if not host:
        raise SourceError(f"the {parts.scheme}:// address names no host")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"


class Stream:
    """The frames of a network camera as they come. All of them are decoded, or the picture would break."""

    live = True
    backlog = True
    ends = False
    #: A codec that sends only what has changed shows an empty room as the very same picture for a while.
    still_seconds = 30.0

    def __init__(self, capture: cv2.VideoCapture, name: str, camera: CameraConfig) -> None:
        self.name = name
        self._capture = capture
        self._rotate = camera.rotate
        self._taken = 0
        fps = capture.get(cv2.CAP_PROP_FPS)
        self.fps: float | None = fps if 0 < fps <= 240 else None

    def read(self) -> Frame | None:
        self.skip()
        t = time.monotonic()
        ok, image = self._capture.retrieve()
        if not ok or image is None:
            raise CameraError(f"{self.name}: a frame cannot be decoded")
        return frame_of_bgr(self._taken - 1, t, np.asarray(image, np.uint8), self._rotate)

    def skip(self) -> bool:
        if not self._capture.grab():
            raise CameraError(f"{self.name}: the stream has stopped; is the camera on, and the network up?")
        self._taken += 1
        return True

    def pace(self, interval_seconds: float) -> None:
        """Another's camera runs as it likes."""

    def close(self) -> None:
        self._capture.release()


def _open(url: str, name: str, timeout_seconds: float) -> cv2.VideoCapture:
    quiet_ffmpeg()
    limit = round(timeout_seconds * 1000)
    # Without these a silent server is waited for until the end of days.
    timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, limit, cv2.CAP_PROP_READ_TIMEOUT_MSEC, limit]
    capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, timeouts)
    if not capture.isOpened():
        raise CameraError(f"{name}: no video comes from there; check the address, the password and the network")
    return capture
