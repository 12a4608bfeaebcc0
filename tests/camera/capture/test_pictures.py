"""Cameras whose pictures are worth nothing: frozen, black, incomplete."""

import numpy as np
import pytest

from edge.camera.faults import DARK_SECONDS, FaultDetector
from edge.records import Image
from tests.camera.capture.frames import Cameras, Start, eventually, take
from tests.camera.fakes import FakeCamera


def noisy(seed: int, level: int = 120, height: int = 48) -> Image:
    return np.random.default_rng(seed).integers(level - 4, level + 5, (height, 64), np.uint8)


def test_a_picture_that_changes_by_a_sensor_s_noise_alone_is_fine() -> None:
    detector = FaultDetector()
    assert {detector.detect(noisy(n), n / 10, 5.0) for n in range(100)} == {""}


def test_a_picture_of_which_not_one_pixel_changes_is_frozen() -> None:
    detector = FaultDetector()
    said = [detector.detect(noisy(1), float(second), 5.0) for second in range(8)]
    assert said == [""] * 5 + ["frozen"] * 3
    assert detector.detect(noisy(2), 8.0, 5.0) == ""


def test_a_black_picture_is_dark_whether_it_has_noise_or_none() -> None:
    for pictures in ([noisy(n, level=6) for n in range(9)], [np.zeros((48, 64), np.uint8)] * 9):
        detector = FaultDetector()
        said = [detector.detect(picture, float(second), 2.0) for second, picture in enumerate(pictures)]
        assert said == [""] * int(DARK_SECONDS) + ["dark"] * 4
        assert detector.detect(noisy(1), 9.0, 2.0) == ""


def test_a_dim_room_is_not_dark() -> None:
    detector = FaultDetector()
    dim = [noisy(n, level=30) for n in range(20)]
    assert {detector.detect(picture, float(second), 5.0) for second, picture in enumerate(dim)} == {""}


def test_a_picture_that_breaks_off_is_incomplete() -> None:
    detector, half = FaultDetector(), noisy(1, height=96)
    half[50:] = 128
    assert detector.detect(half, 0.0, 5.0) == "incomplete"
    assert detector.detect(noisy(2, height=96), 0.1, 5.0) == ""
    letterbox = noisy(3, height=96)
    letterbox[70:] = 16
    assert detector.detect(letterbox, 0.2, 5.0) == ""


class Showing(FakeCamera):
    """Shows `pictures` in turn, the last of them for ever."""

    def __init__(self, *pictures: Image) -> None:
        super().__init__()
        self.pictures = pictures
        self.still_seconds = 0.3

    def picture(self) -> Image:
        grey = self.pictures[min(self.read_count, len(self.pictures)) - 1]
        return np.repeat(grey[:, :, np.newaxis], 3, axis=2)


def moving(count: int) -> tuple[Image, ...]:
    return tuple(noisy(n) for n in range(count))


def test_a_frozen_camera_is_told_of_gives_no_frames_and_is_opened_again(start: Start) -> None:
    frozen, mended = Showing(*moving(3)), Showing(*moving(10_000))
    capture, frames = start(Cameras(frozen, mended), timeout=0.5)
    take(frames, 3)
    eventually(lambda: capture.state.word == "frozen")
    assert "fake camera: the picture does not change at all" in capture.state.problem
    frames.empty()
    eventually(mended.opened.is_set)
    take(frames, 1)
    assert capture.state.word == "ok"


def test_a_camera_that_is_still_frozen_after_it_was_opened_again_stays_so(start: Start) -> None:
    again = Showing(noisy(2))
    capture, frames = start(Cameras(Showing(*moving(3)), again), timeout=60.0)
    eventually(lambda: capture.state.word == "frozen")
    version, _ = frames.wait(timeout=0) or (0, None)
    eventually(lambda: capture.state.word == "frozen" and frames.wait(after=version, timeout=0.05) is None)


def test_a_dark_camera_stays_open(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.camera.faults.DARK_SECONDS", 0.2)
    camera = Showing(noisy(0, level=0 + 4), *(noisy(n, level=5) for n in range(60)), *moving(10_000))
    capture, frames = start(camera.open, timeout=0.3)
    eventually(lambda: capture.state.word == "dark")
    assert "is the lens covered, or the room dark?" in capture.state.problem
    eventually(lambda: capture.state.word == "ok")
    assert not camera.closed.is_set()
    take(frames, 1)


def test_a_half_picture_now_and_then_is_left_out_in_silence(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    half = noisy(1, height=96)
    half[50:] = 128
    pictures = [half if n % 3 == 1 else noisy(n, height=96) for n in range(10_000)]
    _, frames = start(Showing(*pictures).open)
    for frame in take(frames, 10):
        assert len(np.unique(frame.grey()[-8:])) > 1
    assert "incomplete" not in caplog.text


def test_a_camera_that_gives_halves_only_is_told_of_and_opened_again(start: Start) -> None:
    halves = [noisy(n, height=96) for n in range(1000)]
    for half in halves:
        half[50:] = 128
    broken, mended = Showing(*halves), Showing(*moving(1000))
    capture, frames = start(Cameras(broken, mended), timeout=0.3, retry_seconds=0.3)
    eventually(lambda: "its pictures come incomplete" in capture.state.problem)
    take(frames, 1)
    assert capture.state.word == "ok"
