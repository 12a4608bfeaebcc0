"""What a recorder is told, and when again."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from edge.outputs.figures import STEADY_SECONDS, Figures, LastQuarter, Steady, steady
from edge.records import LABELS
from tests.broker.samples import a_status


def confidences(*read: tuple[float, float]) -> list[int | None]:
    """What is told of (when, confidence), one after the other."""
    told = Steady()
    return [told.of(a_status("happy", confidence), now).confidence for now, confidence in read]


def test_numbers_are_told_in_percent() -> None:
    told = steady(replace(a_status("happy", 0.912, faces=2), strength=0.777), (0.1, 0.1, 0.1, 0.4, 0.1, 0.1, 0.1))
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
    told = steady(a_status(mood, 0.0, faces=0), (0.1, 0.1, 0.1, 0.4, 0.1, 0.1, 0.1))
    assert told == Figures(None, None, 0 if mood == "absent" else None, (None,) * 7)


def shares(shown: Sequence[tuple[str, float]], pause: float = 0.0) -> dict[str, int] | None:
    """What the last quarter of an hour was like in percent, by expression, after each was shown for so many minutes,
    two looks a second, and a `pause` in minutes without a look."""
    quarter, now = LastQuarter(), 0.0
    for expression, minutes in shown:
        for _ in range(round(minutes * 120)):
            now += 0.5
            quarter.look(expression, now)
    found = quarter.shares(now + pause * 60)
    if found is None:
        return None
    return {label: round(share * 100) for label, share in zip(LABELS, found, strict=True) if share > 0.005}


def test_the_shares_are_those_of_a_quarter_of_an_hour_and_not_of_a_moment() -> None:
    assert shares([("neutral", 9.0), ("happy", 3.0)]) == {"neutral": 75, "happy": 25}
    assert shares([("angry", 60.0), ("neutral", 10.0), ("sad", 5.0)]) == {"neutral": 67, "sad": 33}, "before is over"


def test_the_shares_are_of_the_time_in_which_somebody_was_seen() -> None:
    assert shares([("happy", 2.0), ("none", 8.0), ("sad", 2.0)]) == {"happy": 50, "sad": 50}
    assert shares([("happy", 2.0), ("paused", 3.0)]) == {"happy": 100}
    assert shares([("none", 5.0)]) is None
    assert shares([("happy", 5.0), ("none", 16.0)]) is None


def test_a_time_without_a_look_counts_for_nothing() -> None:
    assert shares([("happy", 5.0)], pause=9.0) == {"happy": 100}
    assert shares([("happy", 5.0)], pause=16.0) is None
    quarter = LastQuarter()
    for expression, now in (("happy", 0.0), ("happy", 1.0), ("sad", 600.0)):
        quarter.look(expression, now)
    assert quarter.shares(600.0) == (0.0, 0.0, 0.0, 0.5, 0.0, 0.5, 0.0), "a second each"


def test_what_is_told_are_the_shares_of_every_status_told_or_not() -> None:
    told = Steady()
    for second in range(601):
        status = a_status("happy", expression="happy" if second <= 450 else "sad")
        told.look(status.expression, float(second))
    assert told.of(status, 600.0).to_json()["shares"] == dict.fromkeys(LABELS, 0) | {"happy": 75, "sad": 25}
