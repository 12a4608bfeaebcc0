"""What a recorder is told, and when again."""

from dataclasses import replace

import pytest

from edge.outputs.figures import STEADY_SECONDS, Figures, Steady, steady
from tests.broker.samples import a_status


def confidences(*read: tuple[float, float]) -> list[int | None]:
    """What is told of (when, confidence), one after the other."""
    told = Steady()
    return [told.of(a_status("happy", confidence), now).confidence for now, confidence in read]


def test_numbers_are_told_in_percent() -> None:
    told = steady(replace(a_status("happy", 0.912, faces=2), strength=0.777))
    assert (told.strength, told.confidence, told.face_count) == (78, 91, 2)
    assert told.to_json()["shares"] == {
        "angry": 10, "disgust": 10, "fear": 10, "happy": 40, "neutral": 10, "sad": 10, "surprise": 10,
    }  # fmt: skip


def test_what_trembles_stays_what_it_was() -> None:
    assert confidences(*((60.0 * minute, 0.82 + 0.015 * (-1) ** minute) for minute in range(10))) == [84] * 10


def test_what_has_moved_by_five_points_is_told_a_minute_after_the_last() -> None:
    later = STEADY_SECONDS
    assert confidences((0, 0.8), (1, 0.6), (later - 1, 0.6), (later, 0.6), (later + 1, 0.8)) == [80, 80, 80, 60, 60]


def test_another_label_is_told_with_its_numbers_at_once() -> None:
    told = Steady()
    told.of(a_status("happy", 0.8), 0.0)
    assert told.of(a_status("happy", 0.6, expression="sad"), 1.0).confidence == 60


@pytest.mark.parametrize("mood", ["absent", "paused", "unknown"])
def test_of_nobody_there_are_no_numbers(mood: str) -> None:
    told = steady(a_status(mood, 0.0, faces=0))
    assert told == Figures(None, None, 0 if mood == "absent" else None, (None,) * 7)
