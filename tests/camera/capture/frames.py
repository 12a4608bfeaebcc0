"""What the tests of the capture thread have in common: cameras in a row, and taking what comes."""

import time
from collections.abc import Callable

import pytest

from edge.camera.capture import Capture
from edge.errors import CameraError
from edge.mailbox import Closed, Latest
from edge.records import Frame
from tests.camera.fakes import FakeCamera

Start = Callable[..., tuple[Capture, Latest[Frame]]]

PATIENCE = 30.0  # seconds; reached only when something is broken


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)


def take(frames: Latest[Frame], count: int) -> list[Frame]:
    taken: list[Frame] = []
    version = 0
    while len(taken) < count:
        got = frames.wait(version, PATIENCE)
        assert got is not None, "no frame came"
        version, frame = got
        taken.append(frame)
    return taken


def error_of(frames: Latest[Frame]) -> CameraError:
    with pytest.raises(CameraError) as caught:
        version = 0
        while True:
            got = frames.wait(version, PATIENCE)
            assert got is not None, "neither a frame nor an error came"
            version, _ = got
    return caught.value


def drain_to_the_end(frames: Latest[Frame]) -> list[Frame]:
    taken: list[Frame] = []
    version = 0
    while True:
        try:
            got = frames.wait(version, PATIENCE)
        except Closed:
            return taken
        assert got is not None, "neither a frame nor the end came"
        version, frame = got
        taken.append(frame)


class Cameras:
    """Gives one camera after the other, as a device does that is opened again and again."""

    def __init__(self, *cameras: FakeCamera | CameraError) -> None:
        self.left = list(cameras)

    def __call__(self) -> FakeCamera:
        camera = self.left.pop(0)
        if isinstance(camera, CameraError):
            raise camera
        return camera.open()
