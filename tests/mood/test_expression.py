"""What makes the expression that is told change, and what does not."""

import pytest

from edge.config import MoodConfig
from edge.mood.expression import ARRIVAL_LOOKS, ARRIVAL_PATIENCE_SECONDS, ExpressionFilter
from edge.records import NONE, Box, Expression, Face, Scores
from tests.mood.streams import CALM, SMILE, TEARS, always, face, play, scores, settled, times, told, turning


@pytest.fixture
def moods() -> ExpressionFilter:
    return ExpressionFilter(MoodConfig())


@pytest.mark.parametrize("looked", [CALM, SMILE, TEARS, scores(surprise=0.9)])
@pytest.mark.parametrize("rate", [4, 10, 30])
def test_the_first_mood_comes_soon_but_not_from_a_single_look(
    moods: ExpressionFilter, looked: Scores, rate: float
) -> None:
    first = play(moods, lambda _: (face(looked),), times(rate, 5))[0]
    assert (first.previous, first.face_count) == (NONE, 1)
    assert (ARRIVAL_LOOKS - 1) / rate <= first.at <= 0.8


def test_a_face_that_says_nothing_clear_still_gets_a_first_mood(moods: ExpressionFilter) -> None:
    changes = play(moods, lambda _: (face(scores(neutral=0.32, sad=0.34)),), times(10, 5))
    assert told(changes) == ["neutral"], "in doubt, neutral rather than sad"
    assert changes[0].at == pytest.approx(ARRIVAL_PATIENCE_SECONDS, abs=0.11)


@pytest.mark.parametrize("rate", [2, 5, 10, 30])
@pytest.mark.parametrize(
    ("before", "after", "mood"),
    [
        (CALM, SMILE, "happy"),
        (CALM, TEARS, "sad"),
        (SMILE, CALM, "neutral"),
        (TEARS, SMILE, "happy"),
        (SMILE, TEARS, "sad"),
        (CALM, scores(angry=0.8, neutral=0.15), "angry"),
        (CALM, scores(fear=0.8, surprise=0.15), "fear"),
        (CALM, scores(disgust=0.8, angry=0.15), "disgust"),
        (CALM, scores(surprise=0.85, neutral=0.1), "surprise"),
        (TEARS, scores(happy=0.65, neutral=0.3), "happy"),
    ],
)
def test_a_real_change_is_reported_within_two_seconds_at_any_frame_rate(
    moods: ExpressionFilter, before: Scores, after: Scores, mood: str, rate: float
) -> None:
    turn = 10.01
    changes = play(moods, lambda now: (face(before if now < turn else after),), times(rate, 20))
    assert len(changes) == 2, told(changes)
    assert changes[1].expression == mood
    assert 1.0 <= changes[1].at - turn <= 2.0


def test_the_outcome_does_not_hang_on_the_frame_rate(moods: ExpressionFilter) -> None:
    at = {}
    for rate in (5, 10, 30, 60):
        changes = play(
            ExpressionFilter(MoodConfig()), lambda now: (face(CALM if now < 10 else SMILE),), times(rate, 20)
        )
        at[rate] = changes[1].at
    assert max(at.values()) - min(at.values()) <= 0.2, at


def test_many_looks_at_one_moment_prove_no_more_than_one(moods: ExpressionFilter) -> None:
    settled(moods)
    burst = [10.0 + i / 1000 for i in range(500)]
    assert play(moods, lambda _: (face(SMILE),), burst) == []


@pytest.mark.parametrize("seconds", [0.2, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("blip", [SMILE, TEARS, scores(surprise=0.95)])
def test_a_short_contradiction_is_no_change(moods: ExpressionFilter, blip: Scores, seconds: float) -> None:
    changes = play(moods, lambda now: (face(blip if 10 <= now < 10 + seconds else CALM),), times(10, 30))
    assert told(changes) == ["neutral"]


def test_a_moment_of_doubt_delays_a_real_change_but_does_not_start_it_anew(moods: ExpressionFilter) -> None:
    # the smile falters for 0.3 s just before it would have counted
    def smile(now: float) -> tuple[Face, ...]:
        return (face(SMILE if now >= 10 else CALM),)

    def falters(now: float) -> tuple[Face, ...]:
        return (face(CALM),) if 10.7 <= now < 11.0 else smile(now)

    sure = play(ExpressionFilter(MoodConfig()), smile, times(10, 20))
    changes = play(moods, falters, times(10, 20))
    assert told(changes) == ["neutral", "happy"]
    assert sure[1].at + 0.1 < changes[1].at <= sure[1].at + 0.8


def test_a_calm_face_that_looks_half_sad_is_not_called_sad(moods: ExpressionFilter) -> None:
    half = scores(neutral=0.43, sad=0.53)
    assert told(play(moods, lambda now: (face(CALM if now < 5 else half),), times(10, 600))) == ["neutral"]


def test_the_same_evidence_keeps_what_it_finds(moods: ExpressionFilter) -> None:
    """Hysteresis is against the present mood: 0.5 against 0.45 displaces neither of the two."""
    for first in (SMILE, CALM):
        between = scores(happy=0.5, neutral=0.45)
        one = ExpressionFilter(MoodConfig())
        assert len(play(one, turning(first, between, 5), times(10, 60))) == 1


def test_very_bad_looks_count_nothing(moods: ExpressionFilter) -> None:
    settled(moods)
    bad = MoodConfig().min_quality - 0.01
    assert play(moods, lambda _: (face(SMILE, quality=bad),), times(10, 60, start=10)) == []


def test_very_bad_looks_at_a_stranger_are_no_first_mood_either(moods: ExpressionFilter) -> None:
    assert play(moods, lambda _: (face(SMILE, quality=0.1),), times(10, 30)) == []


def test_bad_looks_count_less_than_good_ones(moods: ExpressionFilter) -> None:
    """Every other look is a blurred smile: it is outweighed."""

    def look(now: float) -> tuple[Face, ...]:
        blurred = round(now * 10) % 2 == 0
        return (face(SMILE, quality=0.2) if blurred else face(CALM, quality=0.9),)

    assert told(play(moods, look, times(10, 60))) == ["neutral"]


def test_a_new_number_for_the_same_face_changes_nothing(moods: ExpressionFilter) -> None:
    assert told(play(moods, lambda now: (face(CALM, track=int(now / 2)),), times(10, 60))) == ["neutral"]


def test_the_scores_sum_to_one_and_the_confidence_is_the_moods_own(moods: ExpressionFilter) -> None:
    settled(moods)
    assert moods.expression is not None
    assert sum(moods.expression.scores) == pytest.approx(1.0)
    assert moods.expression.confidence == pytest.approx(0.8, abs=0.01)


def test_a_change_carries_its_time(moods: ExpressionFilter) -> None:
    change = play(moods, lambda _: (face(SMILE),), times(10, 2, start=1000))[0]
    assert moods.expression is not None
    assert moods.expression.since == change.at > 1000


def test_settled_seconds_say_when_something_may_be_changing(moods: ExpressionFilter) -> None:
    settled(moods)
    assert moods.settled_seconds(9.9) > 8
    moods.update((face(SMILE),), 10.0)
    assert moods.settled_seconds(10.0) == 0.0


def test_a_dwell_of_zero_is_allowed() -> None:
    eager = ExpressionFilter(MoodConfig(dwell_seconds=0.0))
    changes = play(eager, lambda now: (face(CALM if now < 5 else SMILE),), times(10, 10))
    assert told(changes) == ["neutral", "happy"]
    assert changes[1].at - 5 < 0.7


def test_a_face_of_no_size_does_not_break_the_mix() -> None:
    moods = ExpressionFilter(MoodConfig(min_quality=0.0))
    for quality in (0.0, 1.0):
        nothing = Face(1, Box(0, 0, 0, 0), quality, Expression(SMILE))
        assert len(play(moods, always(nothing), times(10, 5, start=quality * 10))) == quality
