"""Cameras that are away, die or hang: a state that is told of, and no waiting for ever."""

import re
import threading
import time
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from edge.camera.capture import LONGEST_RETRY_SECONDS, Capture
from edge.camera.reader import LONGEST_SECONDS, Reader, no_frame
from edge.camera.source import Source
from edge.errors import CameraError, SourceError
from edge.mailbox import Latest
from edge.records import Frame
from edge.status import CameraState
from tests.camera.capture.frames import PATIENCE, Cameras, Start, error_of, eventually, take
from tests.camera.fakes import FakeCamera


def test_a_camera_that_dies_is_opened_again(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    first, second = FakeCamera(dies_after=3), FakeCamera()
    capture, frames = start(Cameras(first, second))
    eventually(lambda: second.read_count > 3)
    assert first.closed.is_set()
    assert capture.state == CameraState()
    assert "fake camera: unplugged; it is tried again until it works" in caplog.text
    take(frames, 1)


def test_a_camera_is_left_alone_for_a_moment_before_it_is_opened_again(start: Start) -> None:
    first, second = FakeCamera(dies_after=1), FakeCamera()
    start(Cameras(first, second), retry_seconds=0.5)
    assert first.closed.wait(PATIENCE)
    closed = time.monotonic()
    assert second.opened.wait(PATIENCE)
    assert time.monotonic() - closed > 0.3


def test_the_state_says_recovering_and_what_is_wrong_until_the_camera_gives_a_frame_again(start: Start) -> None:
    second = FakeCamera()
    second.hang.set()
    capture, _ = start(Cameras(FakeCamera(dies_after=1), second))
    assert second.opened.wait(PATIENCE)
    assert capture.state == CameraState("recovering", "fake camera: unplugged")
    second.hang.clear()
    eventually(lambda: capture.state == CameraState())


def test_a_camera_that_is_missing_is_waited_for_and_told_of_once(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    missing = [CameraError("/dev/video0: no camera there") for _ in range(4)]
    last = FakeCamera()
    capture, frames = start(Cameras(*missing, last), retry_seconds=0.02)
    eventually(lambda: capture.state == CameraState("failed", "/dev/video0: no camera there"))
    take(frames, 1)
    assert capture.state == CameraState()
    assert caplog.text.count("/dev/video0: no camera there") == 1


def test_a_camera_that_is_away_is_tried_less_and_less_often_but_for_ever(start: Start) -> None:
    tries: list[float] = []

    def never() -> Source:
        tries.append(time.monotonic())
        raise CameraError("/dev/video0: no camera there")

    start(never, retry_seconds=0.05)
    eventually(lambda: len(tries) == 5)
    pauses = [b - a for a, b in pairwise(tries)]
    assert all(pause >= 0.05 * 2**n for n, pause in enumerate(pauses))
    assert LONGEST_RETRY_SECONDS == 30


def test_a_camera_that_is_plugged_in_is_opened_at_once(start: Start) -> None:
    plugged = threading.Event()
    camera = FakeCamera()

    def open_source() -> Source:
        if not plugged.is_set():
            raise CameraError("/dev/video0: no camera there")
        return camera.open()

    capture, frames = start(open_source, retry_seconds=3600.0, nodes=plugged.is_set)
    eventually(lambda: capture.state.word == "failed")
    plugged.set()
    take(frames, 1)


def test_a_camera_can_be_switched_off_while_it_is_away_and_is_tried_at_once_when_switched_on(start: Start) -> None:
    camera = FakeCamera()
    cameras = Cameras(CameraError("/dev/video0: no camera there"), camera)
    capture, frames = start(cameras, retry_seconds=3600.0)
    eventually(lambda: capture.state.word == "failed")
    capture.pause()
    eventually(lambda: capture.state == CameraState("paused"))
    capture.resume()
    take(frames, 1)


@pytest.mark.parametrize("word", ["no such file", "no address"])
def test_what_no_waiting_can_mend_fails_at_once(start: Start, word: str) -> None:
    cameras = Cameras(SourceError(word), FakeCamera())
    capture, frames = start(cameras)
    assert str(error_of(frames)) == word
    assert capture.state == CameraState("failed", word)
    assert len(cameras.left) == 1


def test_a_driver_that_raises_something_foreign_is_named_in_one_line(start: Start) -> None:
    def open_source() -> Source:
        raise RuntimeError("failed to acquire camera")

    capture, _ = start(open_source)
    eventually(lambda: capture.state == CameraState("failed", "camera: RuntimeError: failed to acquire camera"))


def test_a_call_that_is_late_is_told_of_before_it_is_given_up(start: Start) -> None:
    camera = FakeCamera()
    capture, frames = start(camera.open, timeout=0.4)
    take(frames, 2)
    camera.hang.set()
    eventually(lambda: capture.state == CameraState("failed", no_frame("fake camera", 0.4)))
    assert "does not answer any more; only a restart of Moodcast can free the camera" in str(error_of(frames))
    camera.hang.clear()  # and should it ever wake up, it gives its device back
    assert camera.closed.wait(PATIENCE)


def test_a_camera_that_is_silent_is_told_of_long_before_a_long_timeout(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.camera.capture.SILENT_SECONDS", 0.3)
    camera = FakeCamera()
    camera.still_seconds = 3600.0
    capture, frames = start(camera.open, timeout=45.0)
    take(frames, 2)
    camera.hang.set()
    eventually(lambda: capture.state == CameraState("recovering", no_frame("fake camera", 0.3)))
    camera.hang.clear()
    eventually(lambda: capture.state == CameraState())


def test_a_frame_that_came_too_late_is_no_frame(start: Start) -> None:
    """OpenCV waits in vain for a camera that is silent, and then hands out what it still has."""

    class Held(FakeCamera):
        def read(self) -> Frame | None:
            if self.read_count == 2:
                time.sleep(0.3)
            return super().read()

    first, second = Held(), FakeCamera()
    capture, _ = start(Cameras(first, second), timeout=0.25)
    eventually(lambda: second.read_count > 1)
    assert first.read_count == 3
    eventually(lambda: capture.state == CameraState())


def test_closing_does_not_wait_for_a_camera_that_hangs(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    camera = FakeCamera()
    capture, frames = start(camera.open, timeout=60.0)
    take(frames, 1)
    camera.hang.set()
    time.sleep(0.1)
    capture.close()  # the test's own end would not come if this waited
    assert "does not close; the end of the process will free it" in caplog.text
    camera.hang.clear()


def late_by(reader: Reader, seconds: float) -> bool:
    return reader.is_hung(time.monotonic() + seconds)


def test_closing_twice_or_without_a_start_is_harmless() -> None:
    capture = Capture(FakeCamera().open, Latest(), 5.0)
    capture.close()
    capture.close()


def test_a_camera_that_does_not_open_is_given_up_before_systemd_gives_up_the_daemon() -> None:
    let_go = threading.Event()

    def never_opens() -> Source:
        let_go.wait(PATIENCE)
        raise CameraError("too late")

    for timeout, after in [(45.0, LONGEST_SECONDS), (5.0, 20.0)]:
        let_go.clear()
        reader = Reader(never_opens, lambda _reader, _frame: None, lambda: None, 0.0, timeout)
        reader.start()
        try:
            eventually(partial(late_by, reader, after + 1))
            assert not reader.is_hung(time.monotonic() + after - 2)
        finally:
            let_go.set()
            assert reader.join(PATIENCE)
    service = Path("systemd/moodcast.service").read_text()
    watchdog = re.search(r"^WatchdogSec=(\d+)$", service, re.MULTILINE)
    assert watchdog and int(watchdog[1]) > LONGEST_SECONDS + 10
