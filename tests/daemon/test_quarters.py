"""What the expressions of each quarter of an hour were."""

import pytest

from edge.daemon.quarters import LONGEST_LOOK_SECONDS, Quarters
from edge.past import Quarter
from edge.records import LABELS

START = 1_800_000_000.0  # the beginning of a quarter


def look_on(quarters: Quarters, expression: str, start: float, seconds: float) -> list[Quarter]:
    """Two looks a second; the quarters that ended meanwhile."""
    found = [quarters.look(expression, start + step / 2) for step in range(round(seconds * 2))]
    return [quarter for quarter in found if quarter]


def test_a_quarter_that_is_over_has_the_seconds_of_each_expression() -> None:
    quarters = Quarters()
    look_on(quarters, "happy", START, 300)
    look_on(quarters, "none", START + 300, 300)
    (over,) = look_on(quarters, "neutral", START + 600, 301)
    assert over.at == START
    assert dict(zip(LABELS, over.seconds, strict=True))["happy"] == pytest.approx(300, abs=1)
    assert dict(zip(LABELS, over.seconds, strict=True))["neutral"] == pytest.approx(300, abs=1)
    assert over.shares[LABELS.index("happy")] == pytest.approx(0.5, abs=0.01)


def test_nobody_in_view_is_no_quarter() -> None:
    quarters = Quarters()
    assert look_on(quarters, "none", START, 2000) == []
    assert quarters.due(START + 4000) is None
    assert quarters.end() is None


def test_a_quarter_ends_though_nobody_comes_any_more() -> None:
    quarters = Quarters()
    look_on(quarters, "sad", START, 10)
    assert quarters.due(START + 899) is None
    over = quarters.due(START + 900)
    assert over is not None and over.at == START
    assert quarters.due(START + 901) is None


def test_between_two_looks_far_apart_nothing_is_claimed() -> None:
    quarters = Quarters()
    quarters.look("happy", START)
    quarters.look("happy", START + 100)
    over = quarters.end()
    assert over is not None and sum(over.seconds) == LONGEST_LOOK_SECONDS


def test_a_clock_that_is_set_back_counts_no_time() -> None:
    quarters = Quarters()
    quarters.look("happy", START + 500)
    quarters.look("happy", START + 100)
    assert quarters.end() is None
