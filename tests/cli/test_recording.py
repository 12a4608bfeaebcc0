"""Playing a recording: which frames are looked at, and what is counted."""

from collections.abc import Iterator

import numpy as np
import pytest

from edge.cli.recording import Tally, play
from edge.pipeline import Pipeline
from edge.records import ABSENT, LABELS, NONE, Box, Face, Frame, Mood, Reading, RoomExpression

GREY = np.zeros((48, 64), np.uint8)
ZEROS = (0.0,) * len(LABELS)
NOBODY = Mood(ABSENT, 0.0, ZEROS, 0.0)


def reading(t: float, faces: tuple[Face, ...]) -> Reading:
    shown = RoomExpression(NONE, 0.0, ZEROS, 0.0)
    return Reading(t, faces, shown, None, NOBODY, None, None, (), "near", 0.1)


def film(count: int, fps: float) -> Iterator[Frame]:
    """`count` frames at `fps`."""
    return (Frame(n / fps, 64, 48, lambda: GREY, lambda: GREY) for n in range(count))


class Looker(Pipeline):
    """Looks at every third frame and sees a face from `face_from` on."""

    def __init__(self, face_from: int = 0) -> None:
        self.looked_at: list[int] = []
        self._face_from = face_from

    def due(self, now: float) -> bool:
        return round(now * 30) % 3 == 0

    def process(self, frame: Frame, now: float) -> Reading:
        number = round(now * 30)
        self.looked_at.append(number)
        faces = (Face(1, Box(0, 0, 9, 9), 1.0),) if number >= self._face_from else ()
        return reading(now, faces)


def test_the_pipelines_own_pace_decides_what_is_looked_at() -> None:
    looker, tally = Looker(), Tally()
    list(play(film(10, 30.0), looker, tally))
    assert looker.looked_at == [0, 3, 6, 9]
    assert (tally.frames, tally.analysed) == (10, 4)


@pytest.mark.parametrize(("fps", "looks"), [(30.0, 60), (10.0, 20), (25.0, 50), (1.0, 2)])
def test_a_given_rate_is_kept_to(fps: float, looks: int) -> None:
    tally = Tally()
    list(play(film(60, 30.0), Looker(), tally, fps))
    assert tally.analysed == looks


def test_a_skipped_frame_still_has_the_face_of_the_look_before() -> None:
    tally = Tally()
    list(play(film(10, 30.0), Looker(face_from=3), tally))
    assert tally.frames_with_face == 7


def a_look(number: int, *faces: Face) -> Reading:
    return reading(number / 30, faces)


def test_a_face_is_there_from_its_first_look_once_it_is_confirmed() -> None:
    tally, frame = Tally(), next(film(1, 30.0))
    unsure, sure = (Face(1, Box(0, 0, 9, 9), 1.0, confirmed=confirmed) for confirmed in (False, True))
    for number, face in enumerate([unsure, unsure, sure]):
        tally.count(frame, a_look(number, face), 0.0)
    assert tally.frames_with_face == 3


def test_what_is_never_confirmed_is_no_face() -> None:
    tally, frame = Tally(), next(film(1, 30.0))
    clutter = Face(1, Box(0, 0, 9, 9), 1.0, confirmed=False)
    face = Face(2, Box(30, 0, 9, 9), 1.0)
    for number, seen in enumerate([(clutter,), (clutter,), (), (face,)]):
        tally.count(frame, a_look(number, *seen), 0.0)
    assert tally.frames_with_face == 1


def test_the_length_counts_the_last_frames_duration() -> None:
    tally = Tally()
    list(play(film(60, 30.0), Looker(), tally))
    assert tally.seconds == pytest.approx(2.0)


def test_an_empty_recording_costs_nothing_and_divides_by_nothing() -> None:
    tally = Tally()
    assert list(play(film(0, 30.0), Looker(), tally)) == []
    assert (tally.seconds, tally.changes_per_hour, tally.cpu_ms_per_frame) == (0.0, 0.0, 0.0)
