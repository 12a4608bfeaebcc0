"""The capture thread and a live camera: fresh frames at the wanted pace, and a real pause."""

import time
from itertools import pairwise

from edge.camera.capture import Capture
from edge.mailbox import Latest
from tests.camera.capture.frames import PATIENCE, Cameras, Start, error_of, eventually, take
from tests.camera.fakes import FakeCamera


def test_frames_of_a_camera_arrive_with_rising_monotonic_time(start: Start) -> None:
    capture, frames = start(FakeCamera().open)
    began = time.monotonic() - 1
    taken = take(frames, 5)
    assert capture.state.word == "ok"
    assert all(a.t < b.t for a, b in pairwise(taken))
    assert all(began < frame.t <= time.monotonic() for frame in taken)


def test_a_camera_without_a_queue_is_left_alone_between_wanted_frames(start: Start) -> None:
    camera = FakeCamera()
    capture, frames = start(camera.open)
    capture.set_interval(0.2)
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
    capture.set_interval(0.2)
    taken = take(frames, 5)
    assert min(b.t - a.t for a, b in pairwise(taken[1:])) > 0.14


def test_a_camera_with_a_queue_is_drained_so_that_the_next_frame_is_fresh(start: Start) -> None:
    camera = FakeCamera(backlog=True)
    capture, frames = start(camera.open)
    capture.set_interval(0.2)
    take(frames, 4)
    assert camera.skip_count > 3 * camera.read_count  # about nine to one


def test_wanting_more_takes_effect_at_once(start: Start) -> None:
    camera = FakeCamera()
    capture, frames = start(camera.open)
    capture.set_interval(60.0)
    (first,) = take(frames, 1)
    capture.set_interval(0.0)
    eventually(lambda: camera.read_count > 3)
    assert frames.peek() is not first


def test_only_the_camera_thread_touches_the_camera(start: Start) -> None:
    camera = FakeCamera()
    _, frames = start(camera.open)
    take(frames, 3)
    assert camera.threads == {"camera"}


def test_pausing_closes_the_device_and_resuming_opens_it_again(start: Start) -> None:
    first, second = FakeCamera(), FakeCamera()
    capture, frames = start(Cameras(first, second))
    take(frames, 2)
    capture.pause()
    eventually(lambda: capture.state.word == "paused")
    assert first.closed.is_set()
    assert not second.opened.is_set()
    capture.resume()
    eventually(lambda: second.read_count > 2)
    assert capture.state.word == "ok"


def test_no_frame_is_left_and_none_comes_once_pause_has_returned(start: Start) -> None:
    camera = FakeCamera()
    capture, frames = start(camera.open)
    take(frames, 2)
    capture.pause()
    assert frames.peek() is None
    assert camera.closed.wait(PATIENCE)
    assert frames.peek() is None


def test_a_capture_that_is_paused_before_it_starts_never_opens_the_device() -> None:
    camera = FakeCamera()
    capture = Capture(camera.open, Latest(), 5.0)
    capture.pause()
    capture.start()
    eventually(lambda: capture.state.word == "paused")
    capture.close()
    assert not camera.opened.is_set()


def test_pausing_and_resuming_quickly_ends_up_running(start: Start) -> None:
    cameras = [FakeCamera() for _ in range(20)]
    capture, frames = start(Cameras(*cameras))
    take(frames, 1)
    for _ in range(10):
        capture.pause()
        capture.resume()
    eventually(lambda: frames.peek() is not None and capture.state.word == "ok")
    assert sum(camera.opened.is_set() and not camera.closed.is_set() for camera in cameras) == 1


def test_a_camera_that_does_not_close_for_a_pause_ends_it_all(start: Start) -> None:
    camera = FakeCamera()
    capture, frames = start(camera.open, timeout=0.3)
    take(frames, 1)
    camera.hang_at_close.set()
    capture.pause()
    assert "does not close" in str(error_of(frames))
    assert capture.state.word == "failed"
    camera.hang_at_close.clear()
