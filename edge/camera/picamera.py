"""The Pi's own camera as a source, through picamera2: small YUV420 frames, whose grey image is a slice."""

import atexit
import gc
import importlib
import logging
import os
import sys
import time
import types
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import cv2
import numpy as np

from edge.camera.nodes import holds, other_moodcasts, users_of
from edge.camera.pixels import lazy_frame
from edge.camera.source import Source
from edge.config import CameraConfig
from edge.errors import CameraError, SourceError
from edge.records import Frame, Image

if TYPE_CHECKING:
    from picamera2 import Picamera2

log = logging.getLogger(__name__)

#: The oldest picamera2 that has every call made here (tests/camera/test_picamera_api.py); 0.3.18 has not.
OLDEST = "0.3.21"
#: One buffer is being copied, one is filled, one waits. More would take memory that is scarce (CMA).
BUFFERS = 3
#: libcamera's control of the sensor's rate; some cameras have none.
RATE = "FrameDurationLimits"
#: The sensor's frame interval. Not slower than 5 frames a second: a new rate takes effect only after the frames that
#: are already under way.
FASTEST_SECONDS, SLOWEST_SECONDS = 1 / 30, 1 / 5


def _import_picamera2() -> type["Picamera2"]:
    """Its class, without PyAV: that is for recording videos, which is not done here, and picamera2 up to 0.3.31 imports
    it at once and all of FFmpeg with it, 44 of 127 MiB (docs/cost.md). Raises ImportError."""
    placeholder = types.ModuleType("av")
    if sys.modules.setdefault("av", placeholder) is placeholder:
        try:
            importlib.import_module("picamera2")  # a first try, with the placeholder
        except ImportError:  # it takes more of PyAV than its name, or something else is missing
            for name in [name for name in sys.modules if name.partition(".")[0] == "picamera2"]:
                del sys.modules[name]
        finally:
            del sys.modules["av"]  # who needs it may import it
    from picamera2 import Picamera2

    found: type[Picamera2] = Picamera2
    return found


def find_cameras() -> list[tuple[int, Mapping[str, object]]]:
    """The cameras on the ribbon cable: the number of each for Picamera2(), and what that says of it. Those on USB are
    V4L2's. Raises SourceError where picamera2 is missing, does not work or is too old, CameraError where it finds none.
    """
    os.environ.setdefault("LIBCAMERA_LOG_LEVELS", "*:WARN")  # it logs to stderr
    logging.getLogger("picamera2").setLevel(logging.WARNING)  # it logs six lines of "successful" at each opening
    try:
        picamera2 = _import_picamera2()
        infos: list[Mapping[str, object]] = [*picamera2.global_camera_info()]
    except ImportError as error:
        raise SourceError(
            "picamera needs picamera2: sudo apt install python3-picamera2, and an environment made"
            " with python3 -m venv --system-site-packages"
        ) from error
    except Exception as error:  # it fails in many ways: another numpy, no permission
        numpy = "; this numpy is not the one it was made for: delete .venv and start again" * ("numpy" in str(error))
        raise SourceError(f"picamera2 does not work: {type(error).__name__}: {error}{numpy}") from error
    if not hasattr(picamera2, "cancel_all_and_flush"):
        raise SourceError(f"picamera2 is older than {OLDEST}: sudo apt update && sudo apt install python3-picamera2")
    found = [(number, info) for number, info in enumerate(infos) if "/usb" not in str(info["Id"])]
    if not found:
        raise CameraError("picamera2 finds no camera; check the ribbon cable and rpicam-hello --list-cameras")
    return found


def notes_on(cameras: list[tuple[int, Mapping[str, object]]]) -> Iterator[str]:
    """What an owner should know of the cameras that `find_cameras` found."""
    if len(cameras) > 1:
        yield f"there are {len(cameras)} cameras on ribbon cables: camera.source: picamera:1 is the second"
    if any("virtual" in f"{info['Id']} {info.get('Model', '')}".lower() for _, info in cameras):
        yield "one is libcamera's virtual camera, which shows a made-up picture"


class PiCamera(Source):
    """Frames of a camera on the ribbon cable: the first, or on a Pi 5 the one at `index`. A capture waits for the next
    frame (`queue=False`), so it is always fresh; one that takes too long raises CameraError."""

    still_seconds = 5.0

    def __init__(self, camera: CameraConfig, index: int = 0) -> None:
        self.name = f"picamera:{index}" if index else "picamera"
        self._timeout = camera.timeout_seconds
        self._rotate = 0 if camera.rotate == 180 else camera.rotate  # 180: the sensor does it, for nothing
        self._interval = FASTEST_SECONDS
        self.fps = 1 / FASTEST_SECONDS
        found = find_cameras()
        if index >= len(found):
            raise CameraError(f"picamera2 finds {len(found)} of them; rpicam-hello --list-cameras tells which")
        self._camera = _open(found[index][0], camera)
        main = self._camera.camera_configuration()["main"]
        self._format: str = main["format"]
        self._size: tuple[int, int] = main["size"]
        if self._format not in ("YUV420", "NV12"):
            self.close()
            raise CameraError(f"picamera: the camera gives {self._format}; YUV420 or NV12 is needed")

    def read(self) -> Frame | None:
        request = self._capture_request()
        t = time.monotonic()
        try:
            array: Image = request.make_array("main")  # a copy: the buffer goes back to the camera at once
        finally:
            request.release()
        width, height = self._size
        bgr = partial(bgr_of_yuv, array, self._size, self._format)
        return lazy_frame(t, self._size, lambda: array[:height, :width], bgr, rotate=self._rotate)

    def skip(self) -> bool:
        self._capture_request().release()
        return True

    def pace(self, interval_seconds: float) -> None:
        """Slows the sensor down: a frame that is not made costs nothing."""
        interval = min(max(interval_seconds, FASTEST_SECONDS), SLOWEST_SECONDS)
        if abs(interval - self._interval) > 0.2 * self._interval and RATE in self._camera.camera_controls:
            self._interval, self.fps = interval, 1 / interval
            self._camera.set_controls({RATE: _microseconds(interval)})

    def close(self) -> None:
        """May hang in libcamera; `Reader` notices."""
        self._camera.close()
        gc.collect()  # a closed Picamera2 refers to itself, so its buffers and descriptors stay until this

    def _capture_request(self) -> Any:
        try:
            # picamera2's annotations know True and False only; its text and code take seconds too.
            request = self._camera.capture_request(wait=cast(Any, self._timeout))
        except TimeoutError:
            self._camera.cancel_all_and_flush()  # or close() would wait for this capture
            raise CameraError(
                f"picamera: no frame within {self._timeout:g} s; check the ribbon cable (dmesg tells more)"
            ) from None
        return request


def _open(number: int, camera: CameraConfig) -> "Picamera2":
    from libcamera import Transform
    from picamera2 import Picamera2

    failed = ""
    try:
        picamera = Picamera2(number)
    except (RuntimeError, IndexError) as error:
        failed = str(error)
    if failed:
        gc.collect()  # a half-made Picamera2 refers to itself, and keeps the camera busy until this
        raise CameraError(f"picamera: the camera does not open ({failed}); {_find_obstacle()}")
    # picamera2 closes it once more when the interpreter ends, and would wait for ever for a camera that hangs.
    atexit.unregister(picamera.close)
    try:
        turn = camera.rotate == 180
        # The preview's colour space is full-range: grey is 0–255 like the images the model was trained on.
        configuration = picamera.create_preview_configuration(
            main={"size": (camera.width & ~1, camera.height & ~1), "format": "YUV420"},
            raw=None,
            transform=Transform(hflip=turn, vflip=turn),
            buffer_count=BUFFERS,
            queue=False,
            controls={RATE: _microseconds(FASTEST_SECONDS)} if RATE in picamera.camera_controls else {},
            display=None,
            encode=None,
            sensor=choose_sensor_mode(_sensor_modes(picamera), (camera.width, camera.height)),
        )
        picamera.configure(configuration)
        picamera.start()
    except Exception as error:  # any error: the camera must be released
        picamera.close()
        raise CameraError(f"picamera: the camera does not start: {error}") from error
    return picamera


def _find_obstacle(dev: Path = Path("/dev"), proc: Path = Path("/proc")) -> str:
    """What keeps libcamera from a camera on this machine: the known causes, tried in turn."""
    nodes = [*dev.glob("video*"), *dev.glob("media*")]
    if users := users_of(nodes):
        return f"{', '.join(users)} is using it"
    heaps = list((dev / "dma_heap").glob("*"))
    if not heaps:
        return "/dev/dma_heap has no memory for cameras: is dtoverlay=vc4-kms-v3d missing in config.txt?"
    if not any(os.access(heap, os.R_OK | os.W_OK) for heap in heaps):
        return "no permission for /dev/dma_heap: sudo usermod -aG video $USER, then log in again"
    if others := other_moodcasts(proc):
        return f"{', '.join(others)} may be using it: sudo systemctl stop moodcast"
    if holds(nodes):
        return "this Moodcast still holds it after a try that failed: start it again"
    return "is another program using it (sudo fuser -v /dev/media*)?"


def _sensor_modes(picamera: "Picamera2") -> list[dict[str, Any]]:
    try:
        modes: list[dict[str, Any]] = picamera.sensor_modes
    except Exception as error:  # seen: AttributeError, where libcamera has no raw frames of a camera
        log.debug("picamera: no sensor modes: %r", error)
        return []
    return modes


def choose_sensor_mode(modes: list[dict[str, Any]], size: tuple[int, int]) -> dict[str, Any]:
    """The sensor mode to ask for: the whole view, then the fewest pixels that still fill `size`.

    libcamera's own choice is the mode nearest in size, which on several sensors shows only the middle of the room.
    `modes` is picamera2's `sensor_modes`; the result is {} (libcamera's choice) where they lack size or depth.
    """
    usable = [mode for mode in modes if "crop_limits" in mode and "bit_depth" in mode]
    if not usable:
        return {}

    def view(mode: dict[str, Any]) -> int:
        _, _, width, height = mode["crop_limits"]
        return int(width * height)

    whole = max(view(mode) for mode in usable)
    wide = [mode for mode in usable if view(mode) >= 0.95 * whole]
    filling = [mode for mode in wide if mode["size"][0] >= size[0] and mode["size"][1] >= size[1]]
    best = min(filling or wide, key=lambda mode: mode["size"][0] * mode["size"][1])
    return {"output_size": best["size"], "bit_depth": best["bit_depth"]}


def bgr_of_yuv(array: Image, size: tuple[int, int], layout: str) -> Image:
    """Full-range BT.601 YUV420 or NV12, (height × 3/2, stride), to BGR (height, width, 3). OpenCV's own conversions
    expect video range (16–235), which would stretch the contrast."""
    width, height = size
    stride = array.shape[1]
    if layout == "NV12":
        pairs = array[height : height + height // 2, :width].reshape(height // 2, width // 2, 2)
        blue, red = pairs[:, :, 0], pairs[:, :, 1]
    else:
        # A chroma row is half a luma row, its padding too.
        rows = array.reshape(array.shape[0] * 2, stride // 2)
        blue = rows[2 * height : 2 * height + height // 2, : width // 2]
        red = rows[2 * height + height // 2 :, : width // 2]
    whole = [cv2.resize(np.ascontiguousarray(plane), size) for plane in (red, blue)]
    return np.asarray(cv2.cvtColor(cv2.merge([array[:height, :width], *whole]), cv2.COLOR_YCrCb2BGR), np.uint8)


def _microseconds(interval_seconds: float) -> tuple[int, int]:
    return round(interval_seconds * 1e6), round(interval_seconds * 1e6)
