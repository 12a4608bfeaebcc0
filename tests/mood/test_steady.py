"""Ten minutes of a steady face, through a real classifier's noise, at the pace the daemon would look."""

from collections.abc import Callable
from statistics import mean, pstdev

import pytest

from edge.config import MoodConfig, PaceConfig
from edge.mood.expression import ExpressionFilter
from edge.mood.pace import Pace
from edge.records import LABELS, ExpressionChange, Scores
from tests.mood.streams import face, play, times, told
from tests.mood.wander import Wander

TEN_MINUTES = 600.0
#: Log odds against neutral of people who do not look neutral.
SMILING = {"happy": 4.0}
IN_TEARS = {"sad": 2.6}


def play_at_own_pace(
    moods: ExpressionFilter, scores_at: Callable[[float], Scores], seconds: float
) -> list[ExpressionChange]:
    """As the pipeline does it: a steady face is looked at four times a second, one in doubt ten times."""
    pace, now, changes = Pace(PaceConfig()), 0.0, []
    while now < seconds:
        change = moods.update((face(scores_at(now)),), now)[1]
        changes += [] if change is None else [change]
        settled = moods.settled_seconds(now)
        now += pace.next_interval(True, settled == 0.0, settled)
    return changes


@pytest.mark.parametrize("seed", range(6))
def test_somebody_who_talks_for_ten_minutes_stays_neutral(seed: int) -> None:
    assert told(play_at_own_pace(ExpressionFilter(MoodConfig()), Wander(seed).at, TEN_MINUTES)) == ["neutral"]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("means", "mood"), [(SMILING, "happy"), (IN_TEARS, "sad")])
def test_ten_minutes_of_another_mood_stay_that_mood(means: dict[str, float], mood: str, seed: int) -> None:
    changes = play_at_own_pace(ExpressionFilter(MoodConfig()), Wander(seed, means, noise=0.7).at, TEN_MINUTES)
    assert told(changes) == [mood]


@pytest.mark.parametrize("rate", [2, 5, 10, 30])
def test_a_steady_face_is_steady_at_any_frame_rate(rate: float) -> None:
    wander = Wander(11)
    assert told(play(ExpressionFilter(MoodConfig()), lambda now: (face(wander.at(now)),), times(rate, 300))) == [
        "neutral"
    ]


@pytest.mark.parametrize("seed", range(8))
def test_a_real_change_is_reported_within_two_seconds_through_the_noise_at_the_daemons_pace(seed: int) -> None:
    turn = 20.0 + seed / 13
    before, after = Wander(seed), Wander(seed + 100, SMILING if seed % 2 else IN_TEARS, noise=0.7)
    wanted = "happy" if seed % 2 else "sad"
    changes = play_at_own_pace(
        ExpressionFilter(MoodConfig()), lambda now: (before if now < turn else after).at(now), turn + 10
    )
    assert told(changes) == ["neutral", wanted]
    assert changes[1].at - turn <= 2.0


def test_the_noise_is_a_real_one() -> None:
    """The streams above are no easier than the recording they stand for, whose figures these are."""
    wander = Wander(1)
    looks = [wander.at(i / 25) for i in range(25 * 600)]
    surprise = LABELS.index("surprise")
    wrong = mean(max(range(7), key=look.__getitem__) != LABELS.index("neutral") for look in looks)
    assert wrong >= 0.048, "looks that do not say neutral"
    assert pstdev(look[surprise] for look in looks) >= 0.15, "how far surprise swings"
