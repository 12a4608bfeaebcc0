"""The flap budget: too many changes widen the dwell, and it narrows again."""

import pytest

from edge.config import MoodConfig
from edge.mood.budget import HOUR_SECONDS, WIDEST, FlapBudget
from edge.mood.filter import MoodFilter
from edge.records import Face
from tests.mood_streams import face, play, scores, times

CALM, SMILE = scores(neutral=0.9), scores(happy=0.9)


def test_within_the_budget_nothing_happens() -> None:
    budget = FlapBudget(1.0, 30)
    for minute in range(240):
        if minute % 2 == 0:
            budget.count(minute * 60.0, flap=True)
        assert budget.step(minute * 60.0) is None
    assert budget.dwell_seconds == 1.0
    assert budget.changes_per_hour == 30


def test_over_it_the_dwell_widens_and_says_so_once() -> None:
    budget = FlapBudget(1.0, 30)
    notes = []
    for second in range(60):
        budget.count(float(second), flap=True)
        notes.append(budget.step(float(second)))
    said = [note for note in notes if note]
    assert len(said) == 1
    assert "mood.changes_per_hour: 30" in said[0]
    assert budget.dwell_seconds == pytest.approx(4.0)


def test_it_never_becomes_wider_than_its_bound() -> None:
    budget = FlapBudget(1.0, 10)
    for second in range(3000):
        budget.count(float(second), flap=True)
    assert budget.dwell_seconds == WIDEST


def test_it_narrows_when_the_hour_has_passed_and_says_so() -> None:
    budget = FlapBudget(1.0, 10)
    for second in range(20):
        budget.count(float(second), flap=True)
    budget.step(20.0)
    assert budget.dwell_seconds > 3
    note = budget.step(HOUR_SECONDS + 30)
    assert note is not None
    assert "again" in note
    assert (budget.dwell_seconds, budget.changes_per_hour) == (1.0, 0.0)


def test_comings_and_goings_count_but_widen_nothing() -> None:
    budget = FlapBudget(1.0, 10)
    for second in range(50):
        budget.count(float(second), flap=False)
    assert budget.step(50.0) is None
    assert (budget.changes_per_hour, budget.dwell_seconds) == (50.0, 1.0)


def test_changes_grow_old_while_nothing_is_looked_at() -> None:
    moods = MoodFilter(MoodConfig(changes_per_hour=1))
    play(moods, lambda now: (face(SMILE if now % 8 < 4 else CALM),), times(10, 60))
    assert moods.changes_per_hour > 1 and moods.dwell_seconds > MoodConfig().dwell_seconds
    moods.forget()
    moods.forget_old_changes(60 + HOUR_SECONDS)
    assert (moods.changes_per_hour, moods.dwell_seconds) == (0.0, MoodConfig().dwell_seconds)
    moods.step((), 61 + HOUR_SECONDS)
    assert moods.note is not None and "again" in moods.note


def test_a_face_that_keeps_changing_is_followed_less_and_less() -> None:
    """A smile every eight seconds: in the first five minutes each is followed, in the last five none."""
    moods = MoodFilter(MoodConfig())

    def look(now: float) -> tuple[Face, ...]:
        return (face(SMILE if now % 8 < 4 else CALM),)

    changes = play(moods, look, times(5, 1800))
    first = sum(change.at < 240 for change in changes)
    last = sum(change.at >= 1500 for change in changes)
    assert first > 50
    assert last == 0
    assert 1.0 < moods.dwell_seconds <= WIDEST
    assert 30 < moods.changes_per_hour <= 80


def test_a_lasting_change_is_still_reported_while_the_dwell_is_wide() -> None:
    moods = MoodFilter(MoodConfig(changes_per_hour=1))
    play(moods, lambda now: (face(SMILE if now % 8 < 4 else CALM),), times(10, 120))
    assert moods.dwell_seconds >= 4.0
    changes = play(moods, lambda _: (face(scores(sad=0.9)),), times(10, 20, start=120))
    assert [change.mood for change in changes] == ["sad"]
    assert changes[0].at - 120 < WIDEST + 1.0
