"""Opens the source of frames that a name means."""

import importlib.util
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from edge.camera.nodes import is_raspberry_pi
from edge.camera.source import Source
from edge.config import CameraConfig
from edge.errors import CameraError, SourceError

ANY = "picamera, /dev/videoN, a video, a folder of images, an rtsp/http URL, demo or auto"
RECORDED = "a video or a folder of images"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PICAMERA = re.compile(r"picamera(?::(\d))?")


def open_source(
    camera: CameraConfig, source: str | None = None, fps: float | None = None, option: str = "--source"
) -> Source:
    """Opens what `source` (else `camera.source`) names. Raises CameraError: one line that says what to do and begins
    with `camera.source`, or with `option`, which gave `source`. An empty `option` allows a recording only.

    `picamera`, or `picamera:1` for the second ribbon of a Pi 5 | `/dev/videoN` | a video file | a folder of images | an
    rtsp/http URL | `demo` | `auto`: the Pi's camera where picamera2 finds one, else the first /dev/video* that gives a
    frame. `fps` is for a folder only: its images are then the frames of a sequence; without it each is a still.
    """
    asked = "camera.source" if source is None else option
    with _begin_errors_with(asked):
        return _open(camera, source if source is not None else camera.source, fps, ANY if asked else RECORDED)


def check_source(camera: CameraConfig, source: str | None = None) -> None:
    """Raises SourceError, as `open_source` does, where the name can never be a camera's; opens nothing."""
    name = camera.source if source is None else source
    with _begin_errors_with("camera.source" if source is None else "--source"):
        if _SCHEME.match(name):
            from edge.camera.address import redact

            redact(name)
        elif name not in ("auto", "demo") and not name.startswith("/dev/") and not _PICAMERA.fullmatch(name):
            _find_recording(name, ANY)


@contextmanager
def _begin_errors_with(asked: str) -> Iterator[None]:
    """Puts what the owner set before a CameraError's text."""
    try:
        yield
    except CameraError as error:
        raise type(error)(f"{asked}: {error}" if asked else str(error)) from error


def _open(camera: CameraConfig, name: str, fps: float | None, allowed: str) -> Source:
    ribbon = _PICAMERA.fullmatch(name)
    if allowed == RECORDED and (name == "auto" or ribbon or name.startswith("/dev/")):
        raise SourceError(f"{name}: a live camera; this command needs {RECORDED}")
    if name == "auto":
        return _open_first_camera(camera)
    if ribbon:
        from edge.camera.picamera import PiCamera

        return PiCamera(camera, int(ribbon[1] or 0))
    if name == "demo":
        from edge.camera.demo import Demo

        return Demo()
    # /dev/v4l/by-id/… names a webcam whatever its number, and does not exist while the webcam is unplugged.
    device = Path(name).resolve() if name.startswith("/dev/") else None
    if device is not None and (re.fullmatch(r"/dev/video\d+", str(device)) or not device.exists()):
        from edge.camera.v4l2 import V4l2Camera

        return V4l2Camera(device, camera)
    if _SCHEME.match(name):
        from edge.camera.remote import NetworkCamera

        return NetworkCamera(name, camera)
    return _open_recording(camera, _find_recording(name, allowed), fps)


def _find_recording(name: str, allowed: str) -> Path:
    """The file or folder of that name. Raises SourceError."""
    path = Path(os.path.expanduser(name))  # noqa: PTH111 - leaves ~nobody as it is
    try:
        if path.is_dir() or path.is_file():
            return path
        there = path.exists()
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from error
    if there:
        raise SourceError(f"{path} is neither a video, a folder, nor a camera (/dev/videoN)")
    # An address without its rtsp:// is taken for a file: its password must not reach the log.
    shown = "…@" + str(path).rpartition("@")[2] if "@" in str(path) else str(path)
    raise SourceError(f"{shown!r} does not exist; give {allowed}")


def _open_recording(camera: CameraConfig, path: Path, fps: float | None) -> Source:
    from edge.camera.folder import Folder
    from edge.camera.video import Video, open_file

    try:
        if path.is_dir():
            return Folder(path, fps=fps, loop=camera.loop, rotate=camera.rotate)
        with path.open("rb"):
            return Video(partial(open_file, path), str(path), loop=camera.loop, rotate=camera.rotate)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from error


def _open_first_camera(camera: CameraConfig) -> Source:
    from edge.camera.picamera import PiCamera, find_cameras
    from edge.camera.v4l2 import NotACameraError, V4l2Camera, capture_devices

    try:
        find_cameras()
    except CameraError as error:
        ribbon = str(error)
    else:
        return PiCamera(camera)
    problems = [ribbon] if importlib.util.find_spec("picamera2") or is_raspberry_pi() else []
    for path in capture_devices():
        try:
            return V4l2Camera(path, camera)
        except NotACameraError:  # a Pi has a dozen: decoders, and the parts of its own camera's path
            continue
        except CameraError as error:
            problems.append(str(error))
    if problems:
        raise CameraError("auto found no camera that works: " + "; ".join(problems))
    raise CameraError(
        "auto found no camera: connect one (a Pi camera also needs python3-picamera2 from apt),"
        " or give a video, a folder of images or an rtsp/http URL, or try --demo"
    )
