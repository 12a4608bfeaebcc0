"""Cameras that send JPEG over HTTP: a stream of parts (MJPEG), or one picture at a time that is asked for again.

Runs in the decoder's process only. A picture nobody wants is not decoded. Boundaries are not trusted: cameras declare
them with dashes, in quotes or otherwise than they send them.
"""

import re
import ssl
import time
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import (
    HTTPBasicAuthHandler,
    HTTPDefaultErrorHandler,
    HTTPDigestAuthHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPPasswordMgrWithDefaultRealm,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
)

import cv2
import numpy as np

from edge.camera.address import ESCAPES, bare, shown
from edge.camera.pixels import frame_of_bgr
from edge.camera.source import Source
from edge.errors import CameraError
from edge.records import Frame, Image

#: A picture of more bytes is none of a camera's.
MAX_BYTES = 8 * 2**20
#: A camera is not asked for single pictures more often.
SNAPSHOT_SECONDS = 0.5
#: After so many damaged pictures in a row the camera counts as failing.
DAMAGED = 10
_START = b"\xff\xd8\xff"
_LENGTH = re.compile(rb"content-length:[ \t]*(\d{1,9})", re.IGNORECASE)
#: How a picture ends where its length is not told: by the end of the data, or by what begins the next part.
_END = re.compile(rb"\xff\xd9\s*(?:--|[A-Za-z-]+:[ \t]|[\w.-]{1,70}\r?\n[A-Za-z-]+:)")
_HEAD_BYTES = 4096

Ask = Callable[[], HTTPResponse]


def asking(url: str, timeout_seconds: float) -> Ask:
    """What asks for `url`, with its user and password where the camera wants them (Basic or Digest).

    Certificates are not checked, as FFmpeg does not check them: cameras at home have none that is signed.
    """
    address, login = bare(url)
    opener = OpenerDirector()
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    handlers: list[Any] = [HTTPHandler(), HTTPSHandler(context=trusting), HTTPRedirectHandler()]
    handlers += [HTTPDefaultErrorHandler(), HTTPErrorProcessor()]
    if login is not None:
        known = HTTPPasswordMgrWithDefaultRealm()
        known.add_password(None, address, login.user, login.password)
        handlers += [HTTPBasicAuthHandler(known), HTTPDigestAuthHandler(known)]
    for handler in handlers:
        opener.add_handler(handler)
    name = shown(url)

    def ask() -> HTTPResponse:
        try:
            answer: HTTPResponse = opener.open(
                Request(address, headers={"User-Agent": "Moodcast"}), None, timeout_seconds
            )
        except HTTPError as error:
            with error:
                raise CameraError(f"{name}: {_refusal(error.code)}") from error
        except (OSError, HTTPException, ValueError) as error:
            raise CameraError(f"{name}: {_unreachable(error)}") from error
        return answer

    return ask


def _refusal(code: int) -> str:
    if code in (401, 403):
        return f"the camera refuses the user or the password ({code}); {ESCAPES}"
    if code == 404:
        return "the camera has nothing at that path (404); its manual says where its stream is"
    return f"the camera answers {code} instead of a picture"


def _unreachable(error: Exception) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    said = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return f"no answer from there ({said}); is the camera on, and the address right?"


class Mjpeg(Source):
    """The pictures of a stream as they come."""

    backlog = True
    still_seconds = 10.0

    def __init__(self, answer: HTTPResponse, name: str) -> None:
        self.name = name
        self._answer = answer
        self._buffer = bytearray()
        self._taken = 0

    def read(self) -> Frame | None:
        for left in reversed(range(DAMAGED)):
            data, t = self._next(), time.monotonic()
            try:
                return frame_of_bgr(self._taken - 1, t, decoded(data, self.name))
            except CameraError:
                if not left:
                    raise
        raise AssertionError("not reached")

    def skip(self) -> bool:
        self._next()
        return True

    def close(self) -> None:
        self._answer.close()

    def _next(self) -> bytes:
        start = self._find(0, lambda at: self._buffer.find(_START, at))
        told = _LENGTH.findall(self._buffer, max(0, start - _HEAD_BYTES), start)
        if told and int(told[-1]) <= MAX_BYTES:
            end = start + int(told[-1])
            self._find(0, lambda _: end if len(self._buffer) >= end else -1)
        else:
            end = self._find(start, self._end)
        data = bytes(self._buffer[start:end])
        del self._buffer[:end]
        self._taken += 1
        return data

    def _end(self, at: int) -> int:
        found = _END.search(self._buffer, at)
        return found.start() + 2 if found else -1

    def _find(self, at: int, find: Callable[[int], int]) -> int:
        """Reads on until `find` finds something; what it has searched in vain is not searched again."""
        while (found := find(at)) < 0:
            at = max(at, len(self._buffer) - 128)
            if len(self._buffer) > MAX_BYTES + _HEAD_BYTES:
                raise CameraError(f"{self.name}: what comes from there holds no JPEG pictures")
            try:
                more = self._answer.read1(65536)
            except (OSError, HTTPException) as error:
                raise CameraError(f"{self.name}: the stream has broken off ({_unreachable(error)})") from error
            if not more:
                raise CameraError(f"{self.name}: the stream has ended; is the camera on, and the network up?")
            self._buffer += more
        return found


class Snapshots(Source):
    """One picture a request, asked for again and again. `first` is the answer that told what there is."""

    still_seconds = 30.0
    fps: float | None = 1 / SNAPSHOT_SECONDS

    def __init__(self, ask: Ask, first: HTTPResponse, name: str) -> None:
        self.name = name
        self._ask, self._answer = ask, first
        self._taken = 0
        self._asked = time.monotonic()
        self._first = True

    def read(self) -> Frame | None:
        if not self._first:
            time.sleep(max(0.0, self._asked + SNAPSHOT_SECONDS - time.monotonic()))
            self._asked = time.monotonic()
            self._answer = self._ask()
        self._first = False
        t = time.monotonic()
        try:
            with self._answer as answer:
                data = answer.read(MAX_BYTES + 1)
        except (OSError, HTTPException) as error:
            raise CameraError(f"{self.name}: the picture has broken off ({_unreachable(error)})") from error
        self._taken += 1
        return frame_of_bgr(self._taken - 1, t, decoded(data, self.name))

    def skip(self) -> bool:
        return True  # nothing waits

    def close(self) -> None:
        self._answer.close()


def decoded(data: bytes, name: str) -> Image:
    """The picture as BGR. Raises CameraError where it is damaged or broken off."""
    if b"\xff\xd9" not in data[-64:]:
        raise CameraError(f"{name}: a picture has broken off; is the network failing?")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise CameraError(f"{name}: a picture cannot be decoded ({error.err})") from error
    if image is None:
        raise CameraError(f"{name}: a picture cannot be decoded; it is damaged, or no JPEG")
    return np.asarray(image, np.uint8)
