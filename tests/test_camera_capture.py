"""The capture thread: fresh frames at the wanted pace, a real pause, one restart, and no waiting for ever."""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from edge.camera.capture import Capture
from edge.camera.pixels import frame_of_bgr
from edge.camera.source import Source
from edge.camera.source import open_source as open_named
from edge.config import CameraConfig
from edge.errors import CameraError
from edge.mailbox import Closed, Latest
from edge.records import Frame
from tests.camera_fakes import FakeCamera, number_in, shade, write_video

Start = Callable[..., tuple[Capture, Latest[Frame]]]
PATIENCE = 10.0  # seconds; reached only when something is broken


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a Capture; at the end it is closed, and its threads must be gone."""
    captures: list[Capture] = []
    before = set(threading.enumerate())

    def start(open_source: Callable[[], Source], timeout: float = 5.0, **times: float) -> tuple[Capture, Latest[Frame]]:
        frames: Latest[Frame] = Latest()
        capture = Capture(open_source, frames, timeout, **{"rest_seconds": 0.05, **times})
        captures.append(capture)
        capture.start()
        return capture, frames

    yield start
    for capture in captures:
        capture.close()
    eventually(lambda: set(threading.enumerate()) <= before)


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


# ---------------------------------------------------------------- live cameras


def test_frames_of_a_camera_arrive_with_rising_monotonic_time(start: Start) -> None:
    capture, frames = start(FakeCamera().open)
    began = time.monotonic() - 1
    taken = take(frames, 5)
    assert capture.state == "ok"
    assert all(a.t < b.t for a, b in pairwise(taken))
    assert all(began < frame.t <= time.monotonic() for frame in taken)


def test_a_camera_without_a_queue_is_left_alone_between_wanted_frames(start: Start) -> None:
    camera = FakeCamera()
    capture, frames = start(camera.open)
    capture.want(0.2)
    take(frames, 1)
    time.sleep(0.7)
    assert camera.skip_count == 0
    # 50 frames a second are there, five are wanted: 0.7 s have room for four or five.
    assert camera.read_count <= 7
    assert camera.paces[-1] == 0.2


def test_a_camera_that_gives_more_than_it_says_is_not_read_more_often_than_wanted(start: Start) -> None:
    camera = FakeCamera()
    camera.fps = 5.0  # a sensor that was told to run at 5 frames a second, and goes on at 50
    capture, frames = start(camera.open)
    capture.want(0.2)
    taken = take(frames, 5)
    assert min(b.t - a.t for a, b in pairwise(taken[1:])) > 0.14


def test_a_camera_with_a_queue_is_drained_so_that_the_next_frame_is_fresh(start: Start) -> None:
    camera = FakeCamera(backlog=True)
    capture, frames = start(camera.open)
    capture.want(0.2)
    take(frames, 4)
    assert camera.skip_count > 3 * camera.read_count  # about nine to one


def test_wanting_more_takes_effect_at_once(start: Start) -> None:
    camera = FakeCamera()
    capture, frames = start(camera.open)
    capture.want(60.0)
    (first,) = take(frames, 1)
    capture.want(0.0)
    eventually(lambda: camera.read_count > 3)
    assert frames.peek() is not first


def test_only_the_camera_thread_touches_the_camera(start: Start) -> None:
    camera = FakeCamera()
    _, frames = start(camera.open)
    take(frames, 3)
    assert camera.threads == {"camera"}


# ---------------------------------------------------------------- pausing


def test_pausing_closes_the_device_and_resuming_opens_it_again(start: Start) -> None:
    first, second = FakeCamera(), FakeCamera()
    capture, frames = start(Cameras(first, second))
    take(frames, 2)
    capture.pause()
    eventually(lambda: capture.state == "paused")
    assert first.closed.is_set()
    assert not second.opened.is_set()
    capture.resume()
    eventually(lambda: second.read_count > 2)
    assert capture.state == "ok"


def test_no_frame_comes_once_pause_has_returned(start: Start) -> None:
    camera = FakeCamera()
    capture, frames = start(camera.open)
    take(frames, 2)
    capture.pause()
    last = frames.peek()
    assert camera.closed.wait(PATIENCE)
    assert frames.peek() is last


def test_a_capture_that_is_paused_before_it_starts_never_opens_the_device() -> None:
    camera = FakeCamera()
    capture = Capture(camera.open, Latest(), 5.0)
    capture.pause()
    capture.start()
    eventually(lambda: capture.state == "paused")
    capture.close()
    assert not camera.opened.is_set()


def test_pausing_and_resuming_quickly_ends_up_running(start: Start) -> None:
    cameras = [FakeCamera() for _ in range(20)]
    capture, frames = start(Cameras(*cameras))
    take(frames, 1)
    for _ in range(10):
        capture.pause()
        capture.resume()
    before = frames.peek()
    eventually(lambda: frames.peek() is not before and capture.state == "ok")
    assert sum(camera.opened.is_set() and not camera.closed.is_set() for camera in cameras) == 1


def test_a_camera_that_does_not_close_for_a_pause_ends_it_all(start: Start) -> None:
    camera = FakeCamera()
    capture, frames = start(camera.open, timeout=0.3)
    take(frames, 1)
    camera.hang_at_close.set()
    capture.pause()
    assert "does not close" in str(error_of(frames))
    assert capture.state == "failed"
    camera.hang_at_close.clear()


# ---------------------------------------------------------------- cameras that die


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


# ---------------------------------------------------------------- recordings


def recording(path: Path, *, loop: bool = False) -> Callable[[], Source]:
    return lambda: open_named(CameraConfig(loop=loop), str(path))


def test_a_recording_plays_in_real_time_on_the_monotonic_clock(start: Start, tmp_path: Path) -> None:
    capture, frames = start(recording(write_video(tmp_path / "a.mp4", 8, fps=10)))
    began = time.monotonic()
    taken = drain_to_the_end(frames)
    assert [frame.number for frame in taken] == list(range(8))
    assert [round(frame.t - taken[0].t, 2) for frame in taken] == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
    assert began - 1 < taken[0].t <= time.monotonic()
    assert time.monotonic() - taken[0].t >= 0.7  # not faster than the clock on the wall
    assert capture.state == "ok"


def test_a_recording_skips_what_nobody_wants(start: Start, tmp_path: Path) -> None:
    capture, frames = start(recording(write_video(tmp_path / "a.mp4", 12, fps=20)))
    capture.want(0.2)
    taken = drain_to_the_end(frames)
    assert [frame.number for frame in taken] in ([0, 4, 8], [0, 1, 5, 9])  # the first wait may have begun already
    assert [number_in(frame.bgr()) for frame in taken] == [frame.number for frame in taken]


def test_a_looping_recording_goes_on_and_its_time_with_it(start: Start, tmp_path: Path) -> None:
    _, frames = start(recording(write_video(tmp_path / "a.mp4", 3, fps=20), loop=True))
    taken = take(frames, 8)
    assert all(a.t < b.t for a, b in pairwise(taken))
    assert {number_in(frame.bgr()) for frame in taken} == {0, 1, 2}


def test_a_recording_that_breaks_is_not_started_over(start: Start) -> None:
    class Broken(FakeCamera):
        live = False

    cameras = Cameras(Broken(dies_after=2), Broken())
    _, frames = start(cameras)
    assert str(error_of(frames)) == "fake camera: unplugged"
    assert len(cameras.left) == 1


class Sleepy(FakeCamera):
    """A recording at 20 frames a second whose third frame takes `nap` seconds."""

    live = False

    def __init__(self, nap: float) -> None:
        super().__init__()
        self.fps = 20.0
        self.nap = nap

    def read(self) -> Frame | None:
        self.read_count += 1
        if self.read_count == 3:
            time.sleep(self.nap)
        return frame_of_bgr(self.total, self.total / 20, shade(0))

    def skip(self) -> bool:
        self.skip_count += 1
        return True

    @property
    def total(self) -> int:
        return self.read_count + self.skip_count - 1


def test_a_recording_that_is_late_skips_frames_until_it_is_on_time(start: Start) -> None:
    camera = Sleepy(nap=0.6)
    start(camera.open)
    eventually(lambda: camera.read_count > 6)
    assert 9 <= camera.skip_count <= 18  # 0.6 s are twelve frames


def test_a_recording_that_fell_far_behind_goes_on_from_where_it_is(start: Start) -> None:
    camera = Sleepy(nap=1.3)
    start(camera.open)
    eventually(lambda: camera.read_count > 6)
    assert camera.skip_count < 9  # 26 frames' time was slept through
