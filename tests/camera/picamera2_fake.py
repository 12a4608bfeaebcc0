"""A stand-in for picamera2 that obeys what its manual says of the calls used; tests/camera/test_picamera_api.py
holds these calls against the real package."""

import atexit
import time
from typing import Any, ClassVar

import numpy as np

from edge.camera.picamera import PiCamera
from edge.config import CameraConfig
from edge.records import Image

STRIDE_STEP = 64  # a row of luma is padded to this

MODES = [  # an imx219's, as picamera2 tells them: the two small ones see the middle only
    {"size": (640, 480), "bit_depth": 10, "crop_limits": (1000, 752, 1280, 960), "fps": 206.65},
    {"size": (1640, 1232), "bit_depth": 10, "crop_limits": (0, 0, 3280, 2464), "fps": 41.85},
    {"size": (1920, 1080), "bit_depth": 10, "crop_limits": (680, 692, 1920, 1080), "fps": 47.57},
    {"size": (3280, 2464), "bit_depth": 10, "crop_limits": (0, 0, 3280, 2464), "fps": 21.19},
]


class FakeRequest:
    def __init__(self, owner: "FakePicamera2", array: Image) -> None:
        self._owner = owner
        self._array = array
        self._released = False

    def make_array(self, name: str) -> Image:
        assert name == "main" and not self._released
        return self._array.copy()

    def release(self) -> None:
        if self._released:
            raise RuntimeError("CompletedRequest: lock now has negative ref_count")
        self._released = True
        self._owner.held -= 1


class FakePicamera2:
    """One camera on the ribbon cable; frame n is all `n` grey. Requests that are kept starve it, as in real life."""

    infos: ClassVar[list[dict[str, Any]]] = [{"Id": "/base/soc/i2c0mux/i2c@1/imx219@10", "Model": "imx219", "Num": 0}]
    forced_format: str | None = None
    opened: ClassVar["list[FakePicamera2]"]
    busy = False
    start_error: str | None = None
    sensor_modes = MODES
    camera_controls: ClassVar[dict[str, Any]] = {"FrameDurationLimits": (33333, 120000, None)}

    @classmethod
    def global_camera_info(cls) -> list[dict[str, Any]]:
        return cls.infos

    def __init__(self, camera_num: int = 0) -> None:
        if self.busy:
            raise RuntimeError("Camera __init__ sequence did not complete.")
        self.number = camera_num
        self.held = 0
        self.frames = 0
        self.alive = True
        self.controls: list[dict[str, Any]] = []
        self.flushed = self.closed = self.started = False
        self.opened.append(self)
        atexit.register(self.close)

    def create_preview_configuration(self, **wanted: Any) -> dict[str, Any]:
        return wanted

    def configure(self, configuration: dict[str, Any]) -> None:
        main = dict(configuration["main"])
        if self.forced_format:
            main["format"] = self.forced_format
        self.asked = configuration
        self.configuration = {"main": main}

    def camera_configuration(self) -> dict[str, Any]:
        return self.configuration

    def start(self) -> None:
        if self.start_error:
            raise RuntimeError(self.start_error)
        self.started = True

    def set_controls(self, controls: dict[str, Any]) -> None:
        self.controls.append(controls)

    def capture_request(self, wait: float) -> FakeRequest:
        if not self.alive or self.held >= self.asked["buffer_count"]:
            time.sleep(min(wait, 0.05))
            raise TimeoutError
        time.sleep(0.01)
        self.held += 1
        self.frames += 1
        width, height = self.configuration["main"]["size"]
        stride = -(-width // STRIDE_STEP) * STRIDE_STEP
        array = np.full((height * 3 // 2, stride), 128, np.uint8)
        array[:height, :width] = self.frames
        if self.configuration["main"]["format"] == "NV12":
            array = array[:, :width]
        return FakeRequest(self, array)

    def cancel_all_and_flush(self) -> None:
        self.flushed = True

    def close(self) -> None:
        self.closed = True


def open_camera(pi: type[FakePicamera2], **camera: Any) -> tuple[PiCamera, FakePicamera2]:
    source = PiCamera(CameraConfig(**camera))
    return source, pi.opened[-1]
