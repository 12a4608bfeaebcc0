"""Recordings on the capture thread: in real time, and late."""

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from edge.camera.opening import open_source as open_named
from edge.camera.pixels import frame_of_bgr
from edge.camera.source import Source
from edge.config import CameraConfig
from edge.records import Frame
from tests.camera.capture.frames import Cameras, Start, drain_to_the_end, error_of, eventually, take
from tests.camera.fakes import FakeCamera, number_in, shade, write_video


def recording(path: Path, *, loop: bool = False) -> Callable[[], Source]:
    return lambda: open_named(CameraConfig(loop=loop), str(path))


def test_a_recording_plays_in_real_time_on_the_monotonic_clock(start: Start, tmp_path: Path) -> None:
    capture, frames = start(recording(write_video(tmp_path / "a.mp4", 8, fps=10)))
    began = time.monotonic()
    taken = drain_to_the_end(frames)
    assert [number_in(frame.bgr()) for frame in taken] == list(range(8))
    assert [round(frame.t - taken[0].t, 2) for frame in taken] == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
    assert began - 1 < taken[0].t <= time.monotonic()
    assert time.monotonic() - taken[0].t >= 0.7  # not faster than the clock on the wall
    assert capture.state.word == "ok"


def test_a_recording_skips_what_nobody_wants(start: Start, tmp_path: Path) -> None:
    capture, frames = start(recording(write_video(tmp_path / "a.mp4", 12, fps=20)))
    capture.set_interval(0.2)
    taken = drain_to_the_end(frames)
    numbers = [number_in(frame.bgr()) for frame in taken]
    assert numbers in ([0, 4, 8], [0, 1, 5, 9])  # the first wait may have begun already


def test_a_looping_recording_goes_on_and_its_time_with_it(start: Start, tmp_path: Path) -> None:
    _, frames = start(recording(write_video(tmp_path / "a.mp4", 3, fps=20), loop=True))
    taken = take(frames, 8)
    assert all(a.t < b.t for a, b in pairwise(taken))
    assert {number_in(frame.bgr()) for frame in taken} == {0, 1, 2}


def test_a_recording_that_breaks_is_not_started_over(start: Start) -> None:
    class Broken(FakeCamera):
        live = False
        ends = True

    cameras = Cameras(Broken(dies_after=2), Broken())
    _, frames = start(cameras)
    assert str(error_of(frames)) == "fake camera: unplugged"
    assert len(cameras.left) == 1


class Sleepy(FakeCamera):
    """A recording at 20 frames a second whose third frame takes `nap` seconds."""

    live = False
    ends = True

    def __init__(self, nap: float) -> None:
        super().__init__()
        self.fps = 20.0
        self.nap = nap

    def read(self) -> Frame | None:
        self.read_count += 1
        if self.read_count == 3:
            time.sleep(self.nap)
        return frame_of_bgr(self.total / 20, shade(0))

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
