"""When nobody is said to be there, and what is no absence yet."""

import pytest

from edge.config import MoodConfig
from edge.mood.expression import ExpressionFilter
from edge.records import NONE, Face
from tests.mood.streams import CALM, SMILE, face, play, settled, times, told


@pytest.fixture
def moods() -> ExpressionFilter:
    return ExpressionFilter(MoodConfig())


def test_nobody_is_absent_and_never_an_emotion(moods: ExpressionFilter) -> None:
    mood, change = moods.update((), 100.0)
    assert (mood.label, mood.scores, mood.since, change) == (NONE, (0.0,) * 7, 100.0, None)
    assert play(moods, lambda _: (), times(2, 600, start=100.5)) == []


def test_absent_comes_after_a_while_and_never_at_a_blink_of_the_detector(moods: ExpressionFilter) -> None:
    def blinking(now: float) -> tuple[Face, ...]:
        return () if now % 5 >= 3.2 else (face(CALM),)

    assert told(play(moods, blinking, times(10, 60))) == ["neutral"]
    play(moods, lambda _: (face(CALM),), times(10, 1, start=60))
    gone = play(moods, lambda _: (), times(10, 10, start=61))
    assert told(gone) == [NONE]
    assert gone[0].face_count == 0
    assert gone[0].at - 60.9 == pytest.approx(MoodConfig().gone_seconds, abs=0.11)


def test_a_carried_face_is_neither_seen_nor_gone_at_once(moods: ExpressionFilter) -> None:
    settled(moods)

    def carried(now: float) -> tuple[Face, ...]:
        return (face(None, quality=0.0),) if now < 13 else ()

    changes = play(moods, carried, times(10, 6, start=10))
    assert told(changes) == [NONE]
    assert changes[0].face_count == 0
    assert changes[0].at - 9.9 == pytest.approx(MoodConfig().gone_seconds, abs=0.15)


def test_an_unconfirmed_face_is_nobody(moods: ExpressionFilter) -> None:
    assert play(moods, lambda _: (face(SMILE, confirmed=False),), times(10, 20)) == []


def test_one_empty_frame_after_a_stalled_camera_is_no_empty_room(moods: ExpressionFilter) -> None:
    settled(moods)
    assert moods.update((), 40.0)[1] is None
    assert moods.update((face(CALM),), 40.1)[0].label == "neutral"


def test_after_a_pause_everything_starts_from_absent(moods: ExpressionFilter) -> None:
    settled(moods)
    moods.forget()
    assert moods.update((), 500.0)[0].label == NONE


def test_what_is_seen_in_fewer_than_half_of_the_looks_is_nobody_who_comes(moods: ExpressionFilter) -> None:
    """The hardest wall: both cascades see a face in four of twelve looks, and then no more."""
    shown = {0, 1, 8, 12}

    def wall(now: float) -> tuple[Face, ...]:
        return (face(SMILE),) if round((now - 10) * 10) in shown else ()

    assert play(moods, lambda _: (), times(2, 10)) == []
    assert play(moods, wall, times(10, 5, start=10)) == []


def test_somebody_who_is_seen_in_two_of_three_looks_has_come(moods: ExpressionFilter) -> None:
    changes = play(moods, lambda now: () if round(now * 10) % 3 == 2 else (face(SMILE),), times(10, 3))
    assert told(changes) == ["happy"]
    assert changes[0].at < 1.5
