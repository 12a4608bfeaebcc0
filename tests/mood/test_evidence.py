"""How the expressions compete: alone as ever, in company face by face, and without a step between."""

from itertools import pairwise

import numpy as np
import pytest

from edge.config import MoodConfig
from edge.mood.evidence import HANDICAP, Vector, compare, margins, mix
from edge.mood.expression import ExpressionFilter
from edge.records import LABELS, Face, Scores
from tests.mood.streams import face, play, scores, times, told

HAPPY, NEUTRAL, SAD = (LABELS.index(label) for label in ("happy", "neutral", "sad"))
CALM = scores(neutral=0.8, sad=0.14)
SMILE = scores(happy=0.97)
TEARS = scores(sad=0.85, neutral=0.1)
Seen = tuple[Scores, int]


def running(*faces: tuple[float, Scores]) -> Vector:
    return compare([(share, np.array(looked)) for share, looked in faces])[0]


def company(first: Seen, *others: Seen, since: float = 10.0, until: float = 40.0) -> list[str]:
    """The moods told while `first` is there throughout, and the `others` from `since` on; each a look and a width."""

    def look(now: float) -> tuple[Face, ...]:
        here = (first, *others) if now >= since else (first,)
        return tuple(face(looked, track=i, width=width) for i, (looked, width) in enumerate(here))

    return told(play(ExpressionFilter(MoodConfig()), look, times(10, until)))


def arrival(first: Scores, visitor: Scores, widths: tuple[int, int]) -> float:
    """Seconds from the visitor's first look until the mood has changed."""

    def look(now: float) -> tuple[Face, ...]:
        visiting = (face(visitor, track=2, width=widths[1]),) if now >= 10 else ()
        return (face(first, width=widths[0]), *visiting)

    return play(ExpressionFilter(MoodConfig()), look, times(10, 30))[1].at - 10


# One person.


@pytest.mark.parametrize("looked", [CALM, SMILE, TEARS, scores(surprise=0.6, fear=0.3)])
def test_alone_a_face_runs_with_its_scores_less_the_handicap(looked: Scores) -> None:
    alone, bare = compare([(1.0, np.array(looked))])
    assert bare == pytest.approx(looked)
    assert alone == pytest.approx(np.array(looked) - HANDICAP)


def test_alone_a_half_sad_face_is_not_clear() -> None:
    assert running((1.0, scores(sad=0.58, neutral=0.37)))[SAD] < 0.5
    assert running((1.0, scores(sad=0.62, neutral=0.33)))[SAD] > 0.5


# Two.


@pytest.mark.parametrize(("first", "visitor"), [(SMILE, TEARS), (TEARS, SMILE), (CALM, SMILE), (CALM, TEARS)])
def test_who_is_twice_as_near_decides_soon(first: Scores, visitor: Scores) -> None:
    assert arrival(first, visitor, (100, 230)) <= 1.5
    assert arrival(first, visitor, (100, 200)) <= 1.6


@pytest.mark.parametrize("sad", [0.7, 0.75, 0.8, 0.85, 0.9])
def test_somebody_near_needs_to_be_no_surer_than_alone(sad: float) -> None:
    visitor = scores(sad=sad, neutral=0.95 - sad)
    assert company((SMILE, 100), (visitor, 230)) == ["happy", "sad"]
    assert arrival(SMILE, visitor, (100, 230)) <= 2.0


@pytest.mark.parametrize(("first", "visitor"), [(SMILE, TEARS), (TEARS, SMILE), (CALM, SMILE), (SMILE, CALM)])
@pytest.mark.parametrize("width", [40, 70, 100, 115])
def test_who_is_further_away_or_as_near_changes_nothing(first: Scores, visitor: Scores, width: int) -> None:
    assert len(company((first, 100), (visitor, width))) == 1


def test_two_half_sad_faces_are_no_sadder_than_one() -> None:
    half = scores(neutral=0.45, sad=0.5)
    assert company((CALM, 100), (half, 150)) == ["neutral"]
    assert company((half, 100), (half, 100), since=5.0) == ["neutral"]


def test_the_nearer_one_leaves_and_the_mood_is_the_other_ones_again() -> None:
    def look(now: float) -> tuple[Face, ...]:
        return (face(SMILE, width=100), *((face(TEARS, track=2, width=230),) if 10 <= now < 20 else ()))

    changes = play(ExpressionFilter(MoodConfig()), look, times(10, 40))
    assert told(changes) == ["happy", "sad", "happy"]
    assert changes[2].at - 20 <= 2.0


# Three.


def test_two_who_agree_outweigh_a_third_who_is_as_near() -> None:
    assert company((TEARS, 100), (SMILE, 100), (SMILE, 100)) == ["sad", "happy"]
    assert company((SMILE, 100), (SMILE, 100), (TEARS, 130)) == ["happy"]


def test_three_who_feel_three_things_keep_the_mood_that_was_there() -> None:
    assert company((SMILE, 100), (TEARS, 100), (CALM, 100)) == ["happy"]


def test_one_much_nearer_than_two_others_decides() -> None:
    assert company((SMILE, 90), (SMILE, 80), (TEARS, 300)) == ["happy", "sad"]


# Nothing jumps.


@pytest.mark.parametrize("looked", [scores(sad=0.55, neutral=0.4), scores(happy=0.5, neutral=0.45), SMILE, TEARS])
def test_who_has_next_to_no_share_changes_next_to_nothing(looked: Scores) -> None:
    for other in (SMILE, TEARS, CALM):
        assert abs(running((1.0, looked)) - running((0.995, looked), (0.005, other))).max() < 0.02


@pytest.mark.parametrize(("one", "other"), [(SMILE, TEARS), (scores(sad=0.55, neutral=0.4), CALM)])
def test_the_comparison_follows_the_shares_without_a_step(one: Scores, other: Scores) -> None:
    steps = [running((1.0 - i / 500, one), (i / 500, other)) for i in range(501)]
    assert max(abs(first - second).max() for first, second in pairwise(steps)) < 0.01
    assert steps[0] == pytest.approx(running((1.0, one)))
    assert steps[-1] == pytest.approx(running((1.0, other)))


def test_what_is_shown_is_the_plain_mix() -> None:
    shown = mix([(0.7, np.array(TEARS)), (0.3, np.array(SMILE))])
    assert shown.sum() == pytest.approx(1.0)
    assert shown[SAD] == pytest.approx(0.7 * TEARS[SAD] + 0.3 * SMILE[SAD])


def test_the_present_mood_never_follows_itself() -> None:
    smile = compare([(1.0, np.array(SMILE))])
    assert margins(HAPPY, *smile, 0.5, 0.35, 0.1)[HAPPY] < 0
    assert margins(NEUTRAL, *smile, 0.5, 0.35, 0.1)[HAPPY] > 0
