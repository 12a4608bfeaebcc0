"""`python -m edge` with the real picamera2 on libcamera's virtual camera, for scripts/test-picamera.

Fakes stand for what a Pi has: the kernel's memory for pictures (heap.c), the screens that picamera2 imports at once,
and the sensor's raw modes.
"""

import sys
import types
from typing import Any

from edge.__main__ import main
from edge.camera.picamera import _import_picamera2


class Screens(types.ModuleType):
    def __getattr__(self, name: str) -> "Screens":
        return self


sys.modules["pykms"] = Screens("pykms")
Picamera2 = _import_picamera2()

import picamera2  # noqa: E402 - it is there now
from picamera2.allocators import LibcameraAllocator  # noqa: E402


class OnAVirtualCamera(Picamera2):  # type: ignore[misc,valid-type]
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.allocator = LibcameraAllocator(self.camera)  # its own makes one plane of a picture, and NV12 has two

    def _get_raw_modes(self) -> list[dict[str, Any]]:
        return [{"format": "SBGGR10", "size": (640, 480)}]


if __name__ == "__main__":
    picamera2.Picamera2 = OnAVirtualCamera
    sys.exit(main())
