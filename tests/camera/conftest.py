"""A machine with picamera2, of which `FakePicamera2` stands in for the camera."""

import importlib.machinery
import sys
import types
from collections.abc import Iterator
from typing import ClassVar

import pytest

from tests.camera.picamera2_fake import FakePicamera2


@pytest.fixture
def pi(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[FakePicamera2]]:
    """A machine on which picamera2 and libcamera can be imported."""

    class Here(FakePicamera2):
        opened: ClassVar[list[FakePicamera2]] = []

    def transform(**flips: bool) -> dict[str, bool]:
        return flips

    for name, contents in (("picamera2", {"Picamera2": Here}), ("libcamera", {"Transform": transform})):
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, name, module)
    yield Here
