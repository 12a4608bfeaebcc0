"""What a network camera sends, decoded: through OpenCV's FFmpeg, or as JPEGs. Runs in the decoder's process only."""

import time
from functools import partial

import cv2
import numpy as np

from edge.camera.address import redact
from edge.camera.jpegs import Mjpeg, Snapshots, make_fetch
from edge.camera.opencv import frame_rate, open_ffmpeg, pixel_aspect, to_square_pixels
from edge.camera.pixels import frame_of_bgr
from edge.camera.source import Source
from edge.camera.video import Video
from edge.errors import CameraError
from edge.records import Frame


def open_feed(url: str, timeout_seconds: float, *, loop: bool = False) -> "Stream | Video | Mjpeg | Snapshots":
    """Opens what is at `url`: a live stream, single pictures, or a recording where the number of frames is known.
    Raises CameraError, which shows the address's scheme, host and port only."""
    name = redact(url)
    if url.lower().startswith("http"):
        fetch = make_fetch(url, timeout_seconds)
        answer = fetch()
        kind = answer.headers.get_content_type()
        if kind.startswith("multipart/"):
            return Mjpeg(answer, name)
        if kind.startswith("image/"):
            return Snapshots(fetch, answer, name)
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
    """The frames of a network camera as they come. A frame builds on the ones before it, so all are decoded."""

    backlog = True
    #: A codec that sends changes only shows an empty room as the same picture for a while.
    still_seconds = 30.0

    def __init__(self, capture: cv2.VideoCapture, name: str) -> None:
        self.name = name
        self._capture = capture
        self._aspect = pixel_aspect(capture)
        self.fps = frame_rate(capture)

    def read(self) -> Frame | None:
        self.skip()
        t = time.monotonic()
        ok, image = self._capture.retrieve()
        if not ok or image is None:
            raise CameraError(f"{self.name}: a frame cannot be decoded")
        return frame_of_bgr(t, to_square_pixels(np.asarray(image, np.uint8), self._aspect))

    def skip(self) -> bool:
        if not self._capture.grab():
            raise CameraError(f"{self.name}: the stream has stopped; is the camera on, and the network up?")
        return True

    def close(self) -> None:
        self._capture.release()


def _open(url: str, name: str, timeout_seconds: float) -> cv2.VideoCapture:
    limit = round(timeout_seconds * 1000)
    # Without these OpenCV waits for a silent server without end.
    capture = open_ffmpeg(url, [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, limit, cv2.CAP_PROP_READ_TIMEOUT_MSEC, limit])
    if not capture.isOpened():
        raise CameraError(f"{name}: no video comes from there; check the address, the password and the network")
    return capture
