"""V4L2 cameras. There is none where the tests run: `FakeCapture` stands for cv2.VideoCapture on one, and behaves
as OpenCV 4.11's V4L2 backend is documented to; what is asked of the kernel is tried on nodes that are no cameras."""

import errno
import os
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest

from edge.camera.nodes import users_of
from edge.camera.v4l2 import V4l2Camera, _describe_open_error, capture_devices, check_device
from edge.config import CameraConfig
from edge.errors import CameraError
from edge.records import Image
from tests.camera.fakes import holding

YUYV = cv2.VideoWriter.fourcc(*"YUYV")
MJPG = cv2.VideoWriter.fourcc(*"MJPG")


class Clock:
    """Stands for the `time` module: it goes on only while somebody sleeps, however busy the machine is."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


time = Clock()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.camera.v4l2.time", time)


class FakeCapture:
    """A webcam of 64 × 48 at 50 frames a second with `queue` buffers. `stamped`: POS_MSEC is the monotonic clock."""

    def __init__(self, formats: tuple[int, ...] = (YUYV, MJPG), *, queue: int = 1, stamped: bool = True) -> None:
        self.formats = formats
        self.settings: dict[int, float] = {cv2.CAP_PROP_FOURCC: float(formats[-1]), cv2.CAP_PROP_FPS: 50.0}
        self.queue = queue
        self.stamped = stamped
        self.alive = True
        self.released = False
        self.grabbed = 0
        self.retrieved = 0
        self._waiting: list[float] = []  # when each buffer of the queue was filled
        self._last = time.monotonic()
        self._stamp = 0.0

    def __call__(self, path: str, backend: int) -> cv2.VideoCapture:
        assert backend == cv2.CAP_V4L2
        return cast(cv2.VideoCapture, self)

    def isOpened(self) -> bool:  # noqa: N802  # cv2's name
        return True

    def set(self, what: int, value: float) -> bool:
        if what == cv2.CAP_PROP_FOURCC and value not in self.formats:
            return False
        if what not in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT):  # it has the one size
            self.settings[what] = value
        return True

    def get(self, what: int) -> float:
        fixed = {cv2.CAP_PROP_FRAME_WIDTH: 64.0, cv2.CAP_PROP_FRAME_HEIGHT: 48.0}
        if what == cv2.CAP_PROP_POS_MSEC:
            return self._stamp * 1000 if self.stamped else 0.0
        return fixed.get(what, self.settings.get(what, 0.0))

    def grab(self) -> bool:
        if not self.alive:
            return False
        now = time.monotonic()
        # The driver has filled what was free since the last frame was taken; then it had to stop.
        since = int((now - self._last) / 0.02)
        for number in range(min(since, self.queue - 1 - len(self._waiting))):
            self._waiting.append(self._last + 0.02 * (number + 1))
        if self._waiting:
            self._stamp = self._waiting.pop(0)
        else:
            time.sleep(0.02)
            self._stamp = time.monotonic()
        self._last = time.monotonic()
        self.grabbed += 1
        return True

    def retrieve(self) -> tuple[bool, Image]:
        self.retrieved += 1
        grey = self.grabbed % 200
        if self.settings.get(cv2.CAP_PROP_CONVERT_RGB, 1) and self.settings[cv2.CAP_PROP_FOURCC] == YUYV:
            pytest.fail("YUYV was converted to BGR for nobody")
        if self.settings[cv2.CAP_PROP_FOURCC] == YUYV:
            yuyv = np.full((48, 64, 2), 128, np.uint8)
            yuyv[:, :, 0] = grey
            return True, yuyv
        return True, np.full((48, 64, 3), grey, np.uint8)

    def release(self) -> None:
        self.released = True


def device(capture: FakeCapture, rotate: int = 0) -> V4l2Camera:
    return V4l2Camera(Path("/dev/video0"), CameraConfig(rotate=rotate), capture, check=lambda path: None)


def test_yuyv_is_taken_raw_and_its_grey_is_its_luma() -> None:
    source = device(FakeCapture())
    frame = source.read()
    assert frame is not None
    assert (frame.width, frame.height) == (64, 48)
    assert frame.grey().shape == (48, 64)
    assert frame.bgr().shape == (48, 64, 3)
    assert np.ptp(frame.grey()) == 0
    assert source.live and source.name == "/dev/video0" and source.fps == 50


def test_a_frame_keeps_its_pixels_when_the_next_is_taken() -> None:
    source = device(FakeCapture())
    first = source.read()
    second = source.read()
    assert first is not None and second is not None
    assert first.grey()[0, 0] != second.grey()[0, 0]
    assert first.t < second.t


def test_a_camera_without_yuyv_is_taken_in_what_it_has() -> None:
    frame = device(FakeCapture((MJPG,))).read()
    assert frame is not None
    assert frame.bgr().shape == (48, 64, 3)
    assert frame.grey().shape == (48, 64)


def test_a_turned_camera_gives_turned_frames() -> None:
    frame = device(FakeCapture(), rotate=90).read()
    assert frame is not None
    assert (frame.width, frame.height) == (48, 64)
    assert frame.grey().shape == (64, 48)


def test_the_smallest_queue_is_asked_for() -> None:
    capture = FakeCapture()
    device(capture)
    assert capture.settings[cv2.CAP_PROP_BUFFERSIZE] == 1


def test_skipping_does_not_make_pixels() -> None:
    capture = FakeCapture((MJPG,))
    source = device(capture)
    for _ in range(5):
        assert source.skip()
    assert capture.retrieved == 0


@pytest.mark.parametrize("queue", [1, 2, 4])
@pytest.mark.parametrize("stamped", [True, False])
def test_a_frame_read_after_a_pause_is_fresh_whatever_waited_in_the_queue(queue: int, stamped: bool) -> None:
    capture = FakeCapture(queue=queue, stamped=stamped)
    source = device(capture)
    time.sleep(0.3)
    asked = time.monotonic()
    assert source.read() is not None
    assert capture._stamp >= asked - 0.1


def test_frames_read_one_after_the_other_are_all_taken() -> None:
    capture = FakeCapture()
    source = device(capture)
    before = capture.grabbed
    for _ in range(5):
        source.read()
    assert capture.grabbed - before == 5


@pytest.mark.parametrize("formats", [(YUYV, MJPG), (MJPG,)], ids=["raw", "JPEG"])
def test_a_frame_that_is_cut_short_is_left_out(formats: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    capture = FakeCapture(formats)
    source, whole = device(capture), capture.retrieve
    harm: list[tuple[bool, Image | None]] = [(False, None), (True, np.zeros(999, np.uint8))]

    def retrieve() -> tuple[bool, Image | None]:
        return harm.pop() if harm else whole()

    if YUYV not in formats:
        harm.pop()  # OpenCV decodes JPEG itself, or says that it cannot
    monkeypatch.setattr(capture, "retrieve", retrieve)
    frame = source.read()
    assert frame is not None and (frame.width, frame.height) == (64, 48)
    assert not harm


def test_a_camera_whose_frames_are_all_damaged_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = FakeCapture()
    source = device(capture)
    monkeypatch.setattr(capture, "retrieve", lambda: (False, None))
    with pytest.raises(CameraError, match="its frames cannot be decoded; is the cable or the hub failing"):
        source.read()


def test_a_camera_that_is_unplugged_is_told() -> None:
    capture = FakeCapture()
    source = device(capture)
    capture.alive = False
    with pytest.raises(CameraError, match="/dev/video0: no frame comes any more; was it unplugged"):
        source.read()


def test_a_camera_that_opens_but_gives_nothing_is_told_and_given_back() -> None:
    capture = FakeCapture()
    capture.alive = False
    with pytest.raises(CameraError, match=r"gives no picture; is another program using it \(sudo fuser"):
        device(capture)
    assert capture.released


def test_the_program_that_has_a_camera_open_is_named(tmp_path: Path) -> None:
    camera = tmp_path / "video0"
    camera.touch()
    with holding(camera) as other, camera.open():
        (user,) = users_of([camera])
        assert user.endswith(f"(process {other})") and user.startswith("python")
        assert f"{user} is using it" in _describe_open_error(camera, OSError(errno.EBUSY, "busy"))
    assert users_of([camera]) == []


def test_devices_are_tried_by_number(tmp_path: Path) -> None:
    for name in ("video10", "video2", "video0", "videodev", "audio0"):
        (tmp_path / name).touch()
    assert [path.name for path in capture_devices(tmp_path)] == ["video0", "video2", "video10"]


def test_a_node_that_is_no_camera_is_told() -> None:
    with pytest.raises(CameraError, match="/dev/null: not a camera"):
        check_device(Path("/dev/null"))


def test_a_node_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="no camera there; is it plugged in"):
        check_device(tmp_path / "video0")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_a_node_without_permission_is_told(tmp_path: Path) -> None:
    path = tmp_path / "video0"
    path.touch(0o000)
    with pytest.raises(CameraError, match="add the user to the group video"):
        check_device(path)


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.EACCES, "no permission; add the user to the group video: sudo usermod -aG video $USER"),
        (errno.EBUSY, "busy; is another program using it (sudo fuser -v /dev/video0)?"),
        (errno.ENODEV, "no camera there; is it plugged in?"),
        (errno.EIO, "cannot be opened: Input/output error"),
    ],
)
def test_each_reason_a_camera_does_not_open_comes_with_its_advice(number: int, advice: str) -> None:
    error = OSError(number, os.strerror(number))
    assert advice in _describe_open_error(Path("/dev/video0"), error)
