"""The day as the page's ribbon has it: the moods between their changes, and the time that nobody knows of."""

import pytest

from edge.past import Gap
from edge.records import ABSENT, PAUSED
from edge.web.ribbon import Span, duration, spans, totals
from tests.web.room import NOON, entry, status


def test_the_day_is_the_moods_between_its_changes() -> None:
    changes = [
        entry(NOON - 900, "sad", "neutral"),
        entry(NOON + 10, "happy", "sad"),
        entry(NOON + 40, ABSENT, "happy"),
    ]
    assert spans(changes, None, [], NOON, NOON + 100) == (
        Span("sad", NOON, NOON + 10),
        Span("happy", NOON + 10, NOON + 40),
        Span(ABSENT, NOON + 40, NOON + 100),
    )


def test_a_day_without_a_change_is_the_present_mood_since_it_began() -> None:
    present = status("happy", since=NOON + 70)
    assert spans([], present, [], NOON, NOON + 100) == (Span("happy", NOON + 70, NOON + 100),)
    assert spans([], present, [], NOON + 80, NOON + 100) == (Span("happy", NOON + 80, NOON + 100),)
    assert spans([], None, [], NOON, NOON + 100) == ()


def test_what_was_before_the_first_change_of_all_is_not_made_up() -> None:
    assert spans([entry(NOON + 50, "happy", ABSENT)], None, [], NOON, NOON + 100) == (
        Span("happy", NOON + 50, NOON + 100),
    )


def test_the_time_in_which_the_daemon_was_not_running_is_not_made_up() -> None:
    changes = [entry(NOON + 10, "happy", "sad"), entry(NOON + 60, "sad", ABSENT)]
    assert spans(changes, None, [], NOON, NOON + 100) == (Span("sad", NOON + 60, NOON + 100),)
    started_again = status(ABSENT, since=NOON + 90)
    assert spans(changes, started_again, [], NOON, NOON + 100) == (Span(ABSENT, NOON + 90, NOON + 100),)


def test_the_time_in_which_the_daemon_was_known_not_to_run_is_off() -> None:
    changes = [entry(NOON + 10, "happy", "sad"), entry(NOON + 20, ABSENT, "happy"), entry(NOON + 60, "sad", ABSENT)]
    assert spans(changes, None, [Gap(NOON + 20, NOON + 50)], NOON, NOON + 100) == (
        Span("happy", NOON + 10, NOON + 20),
        Span("off", NOON + 20, NOON + 50),
        Span(ABSENT, NOON + 50, NOON + 60),
        Span("sad", NOON + 60, NOON + 100),
    )


def test_a_gap_of_before_the_day_has_no_part_in_it() -> None:
    changes = [entry(NOON - 900, "happy", "sad")]
    of_yesterday, of_both = Gap(NOON - 500, NOON - 400), Gap(NOON - 100, NOON + 10)
    assert spans(changes, None, [of_yesterday, of_both], NOON, NOON + 100) == (
        Span("off", NOON, NOON + 10),
        Span("happy", NOON + 10, NOON + 100),
    )


def test_a_camera_that_was_off_is_off_while_the_daemon_does_not_run() -> None:
    changes = [entry(NOON - 10, PAUSED, "sad")]
    for gap in (Gap(NOON + 20, NOON + 50), Gap(NOON - 5, NOON + 50)):
        assert spans(changes, None, [gap], NOON, NOON + 100) == (Span(PAUSED, NOON, NOON + 100),)


def test_a_clock_that_was_set_back_makes_no_negative_span() -> None:
    changes = [entry(NOON + 50, "happy", "sad"), entry(NOON + 20, "sad", "happy")]
    assert all(span.seconds > 0 for span in spans(changes, None, [], NOON, NOON + 100))
    assert spans([], status("happy", since=NOON + 500), [], NOON, NOON + 100) == ()


def test_moods_are_added_up_longest_first() -> None:
    day = (Span("sad", 0, 10), Span("happy", 10, 40), Span("sad", 40, 50))
    assert totals(day) == [("happy", 30), ("sad", 20)]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "1 s"), (59, "59 s"), (60, "1 min"), (3540, "59 min"), (3599, "1 h"), (3600, "1 h"), (12000, "3 h 20 min")],
)
def test_how_long_is_said_for_people(seconds: float, said: str) -> None:
    assert duration(seconds) == said
