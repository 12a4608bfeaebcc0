"""The mood of a room with two people in it."""

import pytest

from edge.config import MoodConfig
from edge.mood.expression import ExpressionFilter
from edge.records import Face, Scores
from tests.mood.streams import CALM, SMILE, TEARS, face, play, times, told


@pytest.fixture
def moods() -> ExpressionFilter:
    return ExpressionFilter(MoodConfig())


def test_a_second_person_of_the_same_mood_changes_nothing(moods: ExpressionFilter) -> None:
    def look(now: float) -> tuple[Face, ...]:
        return (face(CALM), face(CALM, track=2)) if now > 10 else (face(CALM),)

    changes = play(moods, look, times(10, 60))
    assert told(changes) == ["neutral"]
    assert changes[0].face_count == 1


def test_two_people_who_disagree_keep_the_mood_that_was_there(moods: ExpressionFilter) -> None:
    for here, comes in ((SMILE, TEARS), (TEARS, SMILE), (CALM, TEARS)):
        one = ExpressionFilter(MoodConfig())

        def look(now: float, here: Scores = here, comes: Scores = comes) -> tuple[Face, ...]:
            return (face(here), face(comes, track=2)) if now > 10 else (face(here),)

        assert len(play(one, look, times(10, 60))) == 1


def test_near_and_well_seen_counts_most(moods: ExpressionFilter) -> None:
    def look(now: float) -> tuple[Face, ...]:
        return (face(CALM, width=60), face(SMILE, track=2, width=180)) if now > 10 else (face(CALM, width=60),)

    changes = play(moods, look, times(10, 30))
    assert told(changes) == ["neutral", "happy"]
    assert changes[1].face_count == 2
    assert changes[1].confidence == pytest.approx(0.72, abs=0.1)


def test_when_the_second_person_leaves_the_mood_is_the_first_ones_again(moods: ExpressionFilter) -> None:
    def look(now: float) -> tuple[Face, ...]:
        return (face(CALM, width=60), face(SMILE, track=2, width=180)) if 10 < now < 20 else (face(CALM, width=60),)

    changes = play(moods, look, times(10, 30))
    assert told(changes) == ["neutral", "happy", "neutral"]
    assert changes[2].at - 20 <= 2.0
