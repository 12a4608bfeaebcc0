"""A camera at /dev/videoN as a source: V4L2 through OpenCV, raw YUYV where the camera has it."""

import errno
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from edge.camera.nodes import users_of
from edge.camera.opencv import frame_rate, quiet_opencv
from edge.camera.pixels import frame_of_bgr, lazy_frame
from edge.camera.source import Source
from edge.config import CameraConfig
from edge.errors import CameraError
from edge.records import Frame, Image

# linux/videodev2.h: VIDIOC_QUERYCAP = _IOR('V', 0, struct v4l2_capability), 104 bytes
_QUERYCAP = 0x80685600
_CAPABILITY = struct.Struct("16s32s32sIII12x")
_CAN_CAPTURE = 0x00000001
_HAS_DEVICE_CAPS = 0x80000000
#: Drivers of a Pi's own nodes: raw sensors, which need libcamera; scalers and codecs.
_SENSORS = frozenset({"unicam", "rp1-cfe"})
_NOT_CAMERAS = frozenset({"bcm2835-isp", "bcm2835-codec", "pispbe", "rpi-hevc-dec", "rpivid"})

_YUYV = cv2.VideoWriter.fourcc(*"YUYV")
#: A frame that has waited in the queue for longer than this is dropped.
_STALE_SECONDS = 0.1
#: After so many damaged frames in a row the camera counts as failing.
_DAMAGED = 10
_QUEUE = 4  # V4L2 buffers at most: OpenCV's own default where a driver does not take fewer


class NotACameraError(CameraError):
    """The node is a decoder's, or anything else's that gives no pictures."""


def capture_devices(folder: Path = Path("/dev")) -> list[Path]:
    """The /dev/videoN in `folder`, by number."""
    return sorted(folder.glob("video[0-9]*"), key=lambda path: (len(path.name), path.name))


class V4l2Camera(Source):
    """Frames of a V4L2 camera. No frame is taken between two reads; read() drops frames that have waited too long."""

    def __init__(
        self,
        path: Path,
        camera: CameraConfig,
        open_capture: Callable[[str, int], cv2.VideoCapture] = cv2.VideoCapture,
        check: Callable[[Path], None] | None = None,
    ) -> None:
        """`open_capture` and `check` stand for the hardware in tests."""
        self.name = str(path)
        self._rotate = camera.rotate
        (check or check_device)(path)
        # Otherwise OpenCV waits ten seconds for a frame. It reads this when the first device is opened.
        os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", str(max(1, round(camera.timeout_seconds))))
        quiet_opencv()
        self._capture = open_capture(str(path), cv2.CAP_V4L2)
        if not self._capture.isOpened():
            raise CameraError(f"{path}: the camera does not open; {_name_users(path)}")
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._capture.set(cv2.CAP_PROP_FOURCC, _YUYV)  # its grey image is a slice, and there is no JPEG to decode
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, camera.width)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, camera.height)
        self._raw = int(self._capture.get(cv2.CAP_PROP_FOURCC)) == _YUYV
        if self._raw:
            self._capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)
        # A camera's JPEG compression may remove the noise of a still room for a moment.
        self.still_seconds = 5.0 if self._raw else 10.0
        self.fps = frame_rate(self._capture)
        self._width = int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        try:
            self.skip()
        except CameraError:
            self.close()
            raise CameraError(f"{path}: opens, but gives no picture; {_name_users(path)}") from None

    def read(self) -> Frame | None:
        for _ in range(_DAMAGED):
            self._drop_stale()
            t = time.monotonic()
            ok, image = self._capture.retrieve()
            # A bad cable cuts a frame short now and then; OpenCV returns it as it came.
            if ok and image is not None and (not self._raw or image.size % (2 * self._width) == 0):
                return self._frame(np.asarray(image, np.uint8), t)
        raise CameraError(f"{self.name}: its frames cannot be decoded; is the cable or the hub failing?")

    def _drop_stale(self) -> None:
        for _ in range(_QUEUE + 1):
            asked = time.monotonic()
            self.skip()
            if not self._is_stale(asked):
                return

    def _frame(self, pixels: Image, t: float) -> Frame:
        if not self._raw:
            return frame_of_bgr(t, pixels, self._rotate)
        yuyv = pixels.reshape(-1, self._width, 2)

        def bgr() -> Image:
            return np.asarray(cv2.cvtColor(yuyv, cv2.COLOR_YUV2BGR_YUYV), np.uint8)

        size = (self._width, yuyv.shape[0])
        return lazy_frame(t, size, lambda: np.ascontiguousarray(yuyv[:, :, 0]), bgr, rotate=self._rotate)

    def skip(self) -> bool:
        if not self._capture.grab():
            raise CameraError(f"{self.name}: no frame comes any more; was it unplugged?")
        return True

    def close(self) -> None:
        self._capture.release()

    def _is_stale(self, asked: float) -> bool:
        """Whether the frame just taken had waited in the queue before it was `asked` for: by its stamp where that is
        of the monotonic clock (UVC's is), else because it came within 2 ms."""
        age = time.monotonic() - self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if 0 <= age < 60:
            return age > _STALE_SECONDS
        return time.monotonic() - asked < 0.002


def check_device(path: Path) -> None:
    """Raises CameraError with the reason where `path` cannot be used, NotACameraError where it is no camera; only
    opens and closes the node."""
    import fcntl  # Linux only, like V4L2

    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        raise CameraError(_describe_open_error(path, error)) from error
    try:
        answer = fcntl.ioctl(descriptor, _QUERYCAP, bytes(_CAPABILITY.size))
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise CameraError(_describe_open_error(path, error)) from error
        raise NotACameraError(f"{path}: not a camera (it does not answer as a V4L2 device)") from error
    finally:
        os.close(descriptor)
    driver, _, _, _, capabilities, device_caps = _CAPABILITY.unpack(answer)
    name = driver.partition(b"\0")[0].decode("ascii", "replace")
    if name in _SENSORS:
        raise CameraError(
            f"{path}: a Pi camera needs picamera2: sudo apt install python3-picamera2, and camera.source: picamera"
        )
    own = device_caps if capabilities & _HAS_DEVICE_CAPS else capabilities
    if name in _NOT_CAMERAS or not own & _CAN_CAPTURE:
        raise NotACameraError(f"{path}: not a camera ({name}); v4l2-ctl --list-devices tells which one is")


def _name_users(path: Path) -> str:
    users = users_of([path])
    return f"{', '.join(users)} is using it" if users else f"is another program using it (sudo fuser -v {path})?"


def _describe_open_error(path: Path, error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"{path}: no permission; add the user to the group video: sudo usermod -aG video $USER, then log in again"
        )
    if error.errno == errno.EBUSY:
        return f"{path}: busy; {_name_users(path)}"
    if error.errno in (errno.ENOENT, errno.ENXIO, errno.ENODEV):
        return f"{path}: no camera there; is it plugged in? v4l2-ctl --list-devices lists what there is"
    return f"{path}: cannot be opened: {error.strerror}"
