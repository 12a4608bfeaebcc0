"""The demo's camera: two real faces that the real detector finds, and an empty wall in which it finds none."""

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.camera.demo import HEIGHT, PORTRAITS, ROUND_SECONDS, VISITS, WIDTH, Demo, Visit, placement
from edge.records import Box, Image

CASCADE = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"


def faces_in(grey: Image) -> list[Box]:
    small = cv2.resize(grey, (320, 240))
    found = cv2.CascadeClassifier(str(CASCADE)).detectMultiScale(small, 1.1, 5, minSize=(29, 29))
    return [Box(*map(int, box)).scaled(2) for box in found]


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.file)
def test_each_portrait_has_one_face_the_detector_finds_all_the_time_it_hangs_there(visit: Visit) -> None:
    demo = Demo()
    for t in np.arange(visit.start + 2, visit.end - 2, 1.3):
        assert len(faces_in(demo.frame(round(t * demo.fps)).grey())) == 1, t


def test_nobody_is_seen_on_the_empty_wall() -> None:
    demo = Demo()
    empty = [number for number in range(round(ROUND_SECONDS * demo.fps)) if placement(number / demo.fps) is None]
    assert 0.2 * ROUND_SECONDS < len(empty) / demo.fps < 0.5 * ROUND_SECONDS
    for number in empty[::20]:
        assert faces_in(demo.frame(number).grey()) == [], number


def test_a_portrait_stays_long_enough_for_a_mood_and_the_wall_long_enough_for_absence() -> None:
    for visit in VISITS:
        assert visit.end - visit.start >= 12
    gaps = [VISITS[1].start - VISITS[0].end, ROUND_SECONDS - VISITS[1].end + VISITS[0].start]
    assert min(gaps) >= 6


def test_the_picture_depends_on_the_time_only_and_the_round_comes_back() -> None:
    one, other = Demo(), Demo()
    assert np.array_equal(one.frame(57).bgr(), other.frame(57).bgr())
    for t in (1.0, 20.0, 47.0):
        assert placement(t) is None and placement(t + 3 * ROUND_SECONDS) is None
    for t in (3.0, 30.0):
        first, again = placement(t), placement(t + ROUND_SECONDS)
        assert first is not None and again is not None and again.visit is first.visit


def test_a_portrait_moves_a_little_all_the_time_and_never_jumps() -> None:
    path = [placement(t / 10) for t in range(round(ROUND_SECONDS * 10))]
    for a, b in itertools.pairwise(path):
        if a is not None and b is not None:
            assert 0 < abs(a.x - b.x) + abs(a.y - b.y) + abs(a.tilt - b.tilt) < 80
    # it comes from outside the picture, and leaves it
    for before, after in ((None, path[20]), (path[179], None)):
        hanging = before or after
        assert hanging is not None and abs(hanging.x - WIDTH / 2) > 0.9 * WIDTH


def test_frames_come_ten_a_second_of_the_medias_clock_for_ever() -> None:
    demo = Demo()
    first = demo.read()
    for _ in range(1000):
        assert demo.skip()
    frame = demo.read()
    assert [first.t, frame.t] == pytest.approx([0.0, 100.1])
    assert (frame.width, frame.height) == (WIDTH, HEIGHT)


def test_grey_and_colour_are_the_same_picture() -> None:
    frame = Demo().frame(80)
    assert frame.grey().shape == (HEIGHT, WIDTH)
    assert frame.bgr().shape == (HEIGHT, WIDTH, 3)
    grey = cv2.cvtColor(frame.bgr(), cv2.COLOR_BGR2GRAY)
    apart = np.abs(grey.astype(int) - frame.grey())
    assert np.quantile(apart, 0.999) <= 3  # interpolated in grey, or before it; OpenCV 4.8 differs at the very edge


def test_nothing_is_painted_for_a_frame_nobody_looks_at() -> None:
    """The wall is handed out as it is, and a portrait's frame is made by the first look only."""
    demo = Demo()
    assert demo.frame(0).grey() is demo.frame(1).grey()
    frame = demo.frame(80)
    assert frame.grey() is frame.grey()
    assert frame.grey() is not demo.frame(80).grey()


def test_the_portraits_are_small_and_tell_where_they_come_from() -> None:
    readme = (PORTRAITS / "README.md").read_text()
    for visit in VISITS:
        assert (PORTRAITS / visit.file).stat().st_size < 150_000
        assert visit.file in readme
