"""Cameras that send JPEG over HTTP: a multipart stream (MJPEG), or one picture for each request.

Runs in the decoder's process only. A skipped picture is not decoded. Boundaries are not used: cameras declare them with
dashes, in quotes, or otherwise than they send them.
"""

import re
import ssl
import time
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib import request
from urllib.error import HTTPError, URLError

import cv2
import numpy as np

from edge.camera.address import ESCAPES, redact, split_login
from edge.camera.pixels import frame_of_bgr
from edge.camera.source import Source
from edge.errors import CameraError
from edge.records import Frame, Image

#: The most bytes of one picture.
MAX_BYTES = 8 * 2**20
#: The shortest time between two requests for single pictures.
SNAPSHOT_SECONDS = 0.5
#: After so many damaged pictures in a row the camera counts as failing.
DAMAGED = 10
_START = b"\xff\xd8\xff"
_LENGTH = re.compile(rb"content-length:[ \t]*(\d{1,9})", re.IGNORECASE)
#: The end of a picture without a Content-Length: the JPEG's end marker, then the next boundary or header.
_END = re.compile(rb"\xff\xd9\s*(?:--|[A-Za-z-]+:[ \t]|[\w.-]{1,70}\r?\n[A-Za-z-]+:)")
_HEAD_BYTES = 4096

Fetch = Callable[[], HTTPResponse]


def make_fetch(url: str, timeout_seconds: float) -> Fetch:
    """A function that requests `url`, with its user and password where the camera wants them (Basic or Digest).
    Certificates are not checked, nor does FFmpeg check them: those of cameras at home are not signed."""
    address, login = split_login(url)
    opener = request.OpenerDirector()
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    handlers: list[Any] = [request.HTTPHandler(), request.HTTPSHandler(context=trusting)]
    handlers += [request.HTTPRedirectHandler(), request.HTTPDefaultErrorHandler(), request.HTTPErrorProcessor()]
    if login is not None:
        known = request.HTTPPasswordMgrWithDefaultRealm()
        known.add_password(None, address, *login)
        handlers += [request.HTTPBasicAuthHandler(known), request.HTTPDigestAuthHandler(known)]
    for handler in handlers:
        opener.add_handler(handler)
    name = redact(url)

    def fetch() -> HTTPResponse:
        asked = request.Request(address, headers={"User-Agent": "Moodcast"})
        try:
            answer: HTTPResponse = opener.open(asked, None, timeout_seconds)
        except HTTPError as error:
            with error:
                raise CameraError(f"{name}: {_describe_status(error.code)}") from error
        except (OSError, HTTPException, ValueError) as error:
            raise CameraError(f"{name}: {_describe_failure(error)}") from error
        return answer

    return fetch


def _describe_status(code: int) -> str:
    if code in (401, 403):
        return f"the camera refuses the user or the password ({code}); {ESCAPES}"
    if code == 404:
        return "the camera has nothing at that path (404); its manual says where its stream is"
    return f"the camera answers {code} instead of a picture"


def _describe_failure(error: Exception) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    reason_text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return f"no answer from there ({reason_text}); is the camera on, and the address right?"


class Mjpeg(Source):
    """The pictures of a stream as they come."""

    backlog = True
    still_seconds = 10.0

    def __init__(self, answer: HTTPResponse, name: str) -> None:
        self.name = name
        self._answer = answer
        self._buffer = bytearray()

    def read(self) -> Frame | None:
        damaged = 0
        while True:
            data, t = self._read_jpeg(), time.monotonic()
            try:
                return frame_of_bgr(t, decode_jpeg(data, self.name))
            except CameraError:
                damaged += 1
                if damaged == DAMAGED:
                    raise

    def skip(self) -> bool:
        self._read_jpeg()
        return True

    def close(self) -> None:
        self._answer.close()

    def _read_jpeg(self) -> bytes:
        start = self._find(0, lambda at: self._buffer.find(_START, at))
        lengths = _LENGTH.findall(self._buffer, max(0, start - _HEAD_BYTES), start)
        if lengths and int(lengths[-1]) <= MAX_BYTES:
            end = start + int(lengths[-1])
            self._find(0, lambda _: end if len(self._buffer) >= end else -1)
        else:
            end = self._find(start, self._end)
        data = bytes(self._buffer[start:end])
        del self._buffer[:end]
        return data

    def _end(self, at: int) -> int:
        found = _END.search(self._buffer, at)
        return found.start() + 2 if found else -1

    def _find(self, at: int, find: Callable[[int], int]) -> int:
        """Reads until `find`, which starts at the offset it is given, finds something (0 or more). Raises CameraError
        where the stream ends, breaks, or holds no JPEG."""
        while (found := find(at)) < 0:
            at = max(at, len(self._buffer) - 128)
            if len(self._buffer) > MAX_BYTES + _HEAD_BYTES:
                raise CameraError(f"{self.name}: what comes from there holds no JPEG pictures")
            try:
                more = self._answer.read1(65536)
            except (OSError, HTTPException) as error:
                raise CameraError(f"{self.name}: the stream has broken off ({_describe_failure(error)})") from error
            if not more:
                raise CameraError(f"{self.name}: the stream has ended; is the camera on, and the network up?")
            self._buffer += more
        return found


class Snapshots(Source):
    """One picture for each request. `first` is an answer that has come already."""

    still_seconds = 30.0
    fps: float | None = 1 / SNAPSHOT_SECONDS

    def __init__(self, fetch: Fetch, first: HTTPResponse, name: str) -> None:
        self.name = name
        self._fetch, self._answer = fetch, first
        self._asked = time.monotonic()

    def read(self) -> Frame | None:
        if self._answer.closed:
            time.sleep(max(0.0, self._asked + SNAPSHOT_SECONDS - time.monotonic()))
            self._asked = time.monotonic()
            self._answer = self._fetch()
        t = time.monotonic()
        try:
            with self._answer as answer:
                data = answer.read(MAX_BYTES + 1)
        except (OSError, HTTPException) as error:
            raise CameraError(f"{self.name}: the picture has broken off ({_describe_failure(error)})") from error
        return frame_of_bgr(t, decode_jpeg(data, self.name))

    def skip(self) -> bool:
        return True  # no pictures queue up

    def close(self) -> None:
        self._answer.close()


def decode_jpeg(data: bytes, name: str) -> Image:
    """The picture as BGR. Raises CameraError where it is damaged or incomplete."""
    if b"\xff\xd9" not in data[-64:]:
        raise CameraError(f"{name}: a picture has broken off; is the network failing?")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise CameraError(f"{name}: a picture cannot be decoded ({error.err})") from error
    if image is None:
        raise CameraError(f"{name}: a picture cannot be decoded; it is damaged, or no JPEG")
    return np.asarray(image, np.uint8)
