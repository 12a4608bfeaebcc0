"""Cameras that die or hang: one restart, and no waiting for ever."""

import re
import threading
import time
from pathlib import Path

import pytest

from edge.camera.capture import Capture
from edge.camera.reader import LONGEST_SECONDS, Reader
from edge.camera.source import Source
from edge.errors import CameraError
from edge.mailbox import Latest
from tests.camera_fakes import FakeCamera
from tests.capture.frames import PATIENCE, Cameras, Start, error_of, eventually, take


def test_a_camera_that_dies_once_is_restarted(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    first, second = FakeCamera(dies_after=3), FakeCamera()
    capture, frames = start(Cameras(first, second))
    eventually(lambda: second.read_count > 3)
    assert first.closed.is_set()
    assert capture.state == "ok"
    assert "fake camera: unplugged; the camera is opened again, once" in caplog.text
    take(frames, 1)


def test_a_camera_is_left_alone_for_a_moment_before_it_is_opened_again(start: Start) -> None:
    first, second = FakeCamera(dies_after=1), FakeCamera()
    start(Cameras(first, second), rest_seconds=0.5)
    assert first.closed.wait(PATIENCE)
    closed = time.monotonic()
    assert second.opened.wait(PATIENCE)
    assert time.monotonic() - closed > 0.3


def test_the_state_says_recovering_until_the_restarted_camera_gives_a_frame(start: Start) -> None:
    second = FakeCamera()
    second.hang.set()
    capture, _ = start(Cameras(FakeCamera(dies_after=1), second))
    assert second.opened.wait(PATIENCE)
    assert capture.state == "recovering"
    second.hang.clear()
    eventually(lambda: capture.state == "ok")


def test_a_camera_that_dies_twice_fails_with_what_it_died_of(start: Start) -> None:
    capture, frames = start(Cameras(FakeCamera(dies_after=2), FakeCamera(dies_after=2)))
    assert str(error_of(frames)) == "fake camera: unplugged"
    assert capture.state == "failed"


def test_a_camera_that_cannot_be_opened_again_fails(start: Start) -> None:
    _, frames = start(Cameras(FakeCamera(dies_after=2), CameraError("/dev/video0: busy")))
    assert str(error_of(frames)) == "/dev/video0: busy"


def test_a_camera_that_has_been_healthy_since_may_be_restarted_again(start: Start) -> None:
    third = FakeCamera()
    cameras = Cameras(FakeCamera(dies_after=2), FakeCamera(dies_after=10), third)  # ten frames: a fifth of a second
    capture, _ = start(cameras, healthy_seconds=0.15)
    eventually(lambda: third.read_count > 2)
    assert capture.state == "ok"


def test_a_source_that_cannot_be_opened_at_first_fails_at_once_without_a_restart(start: Start) -> None:
    cameras = Cameras(CameraError("/dev/video0: no camera there"), FakeCamera())
    _, frames = start(cameras)
    assert str(error_of(frames)) == "/dev/video0: no camera there"
    assert len(cameras.left) == 1


def test_a_driver_that_raises_something_foreign_is_named_in_one_line(start: Start) -> None:
    def open_source() -> Source:
        raise RuntimeError("failed to acquire camera")

    _, frames = start(open_source)
    assert str(error_of(frames)) == "camera: RuntimeError: failed to acquire camera"


def test_a_camera_that_hangs_is_left_behind_and_opened_anew(start: Start) -> None:
    first, second = FakeCamera(), FakeCamera()
    capture, frames = start(Cameras(first, second), timeout=0.3)
    take(frames, 2)
    first.hang.set()
    eventually(lambda: second.read_count > 2)
    assert capture.state == "ok"
    assert not first.closed.is_set()
    first.hang.clear()  # and should it ever wake up, it gives its device back
    assert first.closed.wait(PATIENCE)


def test_a_camera_that_hangs_again_fails(start: Start) -> None:
    first, second = FakeCamera(), FakeCamera()
    second.hang.set()
    first.hang.set()
    first.read_count = 0
    capture, frames = start(Cameras(first, second), timeout=0.3)
    first.hang.clear()
    take(frames, 1)
    first.hang.set()
    assert str(error_of(frames)) == "fake camera: no frame within 0.3 s"
    assert capture.state == "failed"
    first.hang.clear()
    second.hang.clear()


def test_closing_does_not_wait_for_a_camera_that_hangs(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    camera = FakeCamera()
    capture, frames = start(camera.open, timeout=60.0)
    take(frames, 1)
    camera.hang.set()
    time.sleep(0.1)
    capture.close()  # the test's own end would not come if this waited
    assert "does not close; the end of the process will free it" in caplog.text
    camera.hang.clear()


def test_closing_twice_or_without_a_start_is_harmless() -> None:
    capture = Capture(FakeCamera().open, Latest(), 5.0)
    capture.close()
    capture.close()


def test_a_camera_that_does_not_open_is_given_up_before_systemd_gives_up_the_daemon() -> None:
    let_go = threading.Event()

    def never_opens() -> Source:
        let_go.wait(PATIENCE)
        raise CameraError("too late")

    reader = Reader(never_opens, lambda _reader, _frame: None, lambda: None, 0.0)
    reader.start()
    try:
        eventually(lambda: reader.stuck(time.monotonic() + LONGEST_SECONDS + 1, timeout_seconds=45))
        assert not reader.stuck(time.monotonic() + LONGEST_SECONDS - 2, timeout_seconds=45)
        assert reader.stuck(time.monotonic() + 21, timeout_seconds=5)
    finally:
        let_go.set()
        assert reader.join(PATIENCE)
    service = Path("systemd/moodcast.service").read_text()
    watchdog = re.search(r"^WatchdogSec=(\d+)$", service, re.MULTILINE)
    assert watchdog and int(watchdog[1]) > LONGEST_SECONDS + 10
