"""The past in bins: an hour, a day, a week, a month, and what each bin is told as."""

import time
from itertools import pairwise

import pytest

from edge.languages import texts
from edge.past import Quarter
from edge.records import ABSENT, LABELS, UNKNOWN
from edge.web.ribbon import OFF, Span
from edge.web.timeline import Bin, bins, comparison, describe, edges, percent, ticks
from tests.web.room import NOON


def clock(at: float) -> str:
    return time.strftime("%d %H:%M", time.localtime(at))


def test_a_day_ends_with_the_hour_and_a_week_with_the_day(berlin: None) -> None:
    now = 1_700_000_000.0  # Tuesday, 23:13:20 in Berlin
    found = {span: edges(span, now) for span in ("hour", "day", "week", "month")}
    assert {span: (clock(at[0]), clock(at[-1]), len(at) - 1) for span, at in found.items()} == {
        "hour": ("14 22:15", "14 23:15", 60),
        "day": ("14 00:00", "15 00:00", 96),
        "week": ("08 00:00", "15 00:00", 56),
        "month": ("16 00:00", "15 00:00", 30),
    }


def test_a_day_in_which_the_clock_is_set_has_an_hour_more(berlin: None) -> None:
    days = edges("month", 1_699_000_000.0)  # November 2023: summer time ended on 29 October
    assert sorted({round((b - a) / 3600) for a, b in pairwise(days)}) == [24, 25]


@pytest.mark.parametrize("span", ["hour", "day", "week", "month"])
def test_the_times_stand_where_they_are(span: str) -> None:
    at = edges(span, NOON)
    for tick in ticks(span, at):
        assert at[round(tick.place * (len(at) - 1))] == tick.at
        assert 0 <= tick.place <= 1
    assert len(ticks(span, at)) >= 4


def test_each_bin_has_the_shares_of_its_moods() -> None:
    spans = [Span("happy", NOON, NOON + 75), Span(ABSENT, NOON + 75, NOON + 100), Span(OFF, NOON + 100, NOON + 250)]
    first, second, third = bins(spans, [NOON, NOON + 100, NOON + 200, NOON + 300])
    assert first.shares == [("happy", 0.75), (ABSENT, 0.25)]
    assert second.shares == [(OFF, 1.0)]
    assert third.shares == [(OFF, 0.5)], "nothing is known of the rest"


def test_all_of_a_past_is_in_its_bins() -> None:
    at = edges("day", NOON)
    spans = [Span("happy", at[0] + 10, at[0] + 4000), Span("sad", at[0] + 4000, at[-1] - 5)]
    found = bins(spans, at)
    assert sum(one.seconds.get("happy", 0.0) for one in found) == pytest.approx(3990)
    assert sum(one.seconds.get("sad", 0.0) for one in found) == pytest.approx(at[-1] - at[0] - 4005)


ENGLISH = texts("en")
SUNDAY = 6


def shown(at: float, **seconds: float) -> Quarter:
    return Quarter(at, tuple(seconds.get(label, 0.0) for label in LABELS))


def a_bin(**seconds: float) -> Bin:
    return Bin(NOON, NOON + 900, seconds)


def test_a_bin_is_told_as_its_mood_and_what_was_shown() -> None:
    quarters = [shown(NOON, happy=31, neutral=69), shown(NOON + 900, sad=100)]
    assert describe(ENGLISH, a_bin(happy=900), quarters, NOON + 9000) == "Happy: neutral 69 %, happy 31 %"


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (a_bin(happy=720, absent=180), "Happy 80 %, nobody here 20 %"),
        (a_bin(unknown=900), "Unknown"),
        (a_bin(off=90), "Moodcast off"),
        (a_bin(), "Nothing is known"),
        (
            a_bin(happy=300, sad=240, angry=180, fear=90, disgust=60, surprise=30),
            "Happy 33 %, sad 27 %, angry 20 %, afraid 10 %, others 10 %",
        ),
    ],
)
def test_a_bin_is_told_as_the_shares_of_its_moods(one: Bin, line: str) -> None:
    assert describe(ENGLISH, one, [], NOON + 9000) == line


def test_what_has_not_begun_is_yet_to_come() -> None:
    assert describe(ENGLISH, a_bin(), [], NOON) == "Yet to come"


@pytest.mark.parametrize(("share", "said"), [(0.0, "0 %"), (0.001, "under 1 %"), (0.314, "31 %"), (1.0, "100 %")])
def test_a_little_is_not_called_nothing(share: float, said: str) -> None:
    assert percent(ENGLISH, share) == said


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        ({"happy": 7200.0, "neutral": 9000.0}, {"happy": 3600.0}, "1 h more happy than last Sunday."),
        ({"sad": 600.0, "happy": 60.0}, {"sad": 3600.0}, "50 min less sad than last Sunday."),
        ({"happy": 600.0}, {"happy": 620.0}, "As long happy as last Sunday."),
        ({"happy": 600.0}, {ABSENT: 86400.0}, ""),
        ({"neutral": 600.0, UNKNOWN: 5000.0}, {"happy": 3600.0}, ""),
    ],
)
def test_the_day_is_compared_by_the_mood_there_was_most_of(
    now: dict[str, float], before: dict[str, float], said: str
) -> None:
    assert comparison(ENGLISH, now, before, SUNDAY) == said
