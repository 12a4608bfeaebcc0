"""The history across the times at which the daemon did not run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.daemon.continuity import ALIVE_SECONDS, GAP_SECONDS, MAX_GAPS, Continuity, StartMood, start_mood
from edge.daemon.state import State
from edge.outputs.history import History
from edge.past import Gap, HistoryEntry, Quarter
from edge.records import ABSENT, LABELS, PAUSED

HAPPY = HistoryEntry(1000.0, "happy", ABSENT, 0.9, 1, None)


class Life:
    """One life of the daemon after another, on the same disk; `now` is the wall clock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._begun: list[History] = []
        self.now = 1000.0

    def start(self) -> Continuity:
        self.history = History(self._folder / "history.db", days=1e6)
        self._begun.append(self.history)
        continuity = Continuity(State(self._folder / "state.json"), self.history, 30.0, lambda: self.now)
        continuity.begin()
        return continuity

    def close(self) -> None:
        for history in self._begun:
            history.close()

    def power_cut(self) -> None:
        self.history.close()

    @property
    def kept(self) -> list[tuple[float, str]]:
        return [(entry.at, entry.mood) for entry in self.history.since(0.0)]


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    life = Life(tmp_path)
    yield life
    life.close()


def test_a_stop_ends_the_mood(life: Life) -> None:
    first = life.start()
    first.add(HAPPY)
    life.now = 1500.0
    first.end()
    assert life.kept == [(1000.0, "happy"), (1500.0, "absent")]


def test_after_a_power_cut_the_mood_ended_when_the_daemon_was_last_known_to_run(life: Life) -> None:
    first = life.start()
    first.add(HAPPY)
    for _ in range(20):
        life.now += 100.0
        first.mark_alive()
    life.power_cut()
    last_sign = 1000.0 + 3 * ALIVE_SECONDS
    life.now = 90_000.0
    life.start()
    assert life.kept == [(1000.0, "happy"), (last_sign, "absent")]


def test_a_mood_younger_than_the_last_sign_ends_where_it_began(life: Life) -> None:
    first = life.start()
    first.add(HistoryEntry(1300.0, "happy", ABSENT, 0.9, 1, None))
    life.power_cut()
    life.now = 90_000.0
    life.start()
    assert life.kept == [(1300.0, "happy"), (1300.0, "absent")]


def test_no_mood_ends_in_the_future_when_the_clock_was_ahead_before_the_power_cut(life: Life) -> None:
    life.now = 500_000.0
    first = life.start()
    first.add(HAPPY)
    life.power_cut()
    life.now = 2000.0
    life.start()
    assert life.kept == [(1000.0, "happy"), (2000.0, "absent")]


def test_nothing_is_added_where_nobody_was_in_view_or_the_camera_was_off(life: Life) -> None:
    first = life.start()
    first.add(HistoryEntry(1000.0, "paused", ABSENT, 0.0, 0, None))
    first.end()
    life.start()
    assert life.kept == [(1000.0, "paused")]


def test_what_the_history_ends_with_is_told_at_the_start(life: Life) -> None:
    first = life.start()
    assert first.begin() is None
    first.add(HAPPY)
    assert first.begin() == HistoryEntry(1000.0, ABSENT, "happy", 0.0, 0, None)
    off = HistoryEntry(2000.0, PAUSED, ABSENT, 0.0, 0, None)
    first.add(off)
    assert first.begin() == off


def test_a_camera_that_was_off_before_the_restart_has_been_off_since_then() -> None:
    off = HistoryEntry(2000.0, PAUSED, ABSENT, 0.0, 0, None)
    assert start_mood(False, off) == StartMood(PAUSED, 2000.0)
    assert start_mood(False, None) == StartMood(PAUSED, None)  # no history is kept
    assert start_mood(False, HAPPY) == StartMood(ABSENT, None)  # that it was switched off was not written down
    assert start_mood(True, HAPPY) == start_mood(True, None) == StartMood(ABSENT, None)


# the gaps


def run_for(life: Life, continuity: Continuity, seconds: float) -> None:
    for _ in range(round(seconds / 5)):
        life.now += 5.0
        continuity.mark_alive()


def test_a_daemon_that_was_stopped_leaves_a_gap_from_its_stop_to_its_start(life: Life) -> None:
    first = life.start()
    run_for(life, first, 100)
    first.end()
    life.now = 30_000.0
    again = life.start()
    run_for(life, again, 100)
    assert again.gaps() == [Gap(1100.0, 30_000.0)]


def test_after_a_power_cut_the_gap_begins_with_the_last_that_is_known(life: Life) -> None:
    first = life.start()
    run_for(life, first, ALIVE_SECONDS + 100)
    life.power_cut()
    life.now = 30_000.0
    assert life.start().gaps() == [Gap(1000.0 + ALIVE_SECONDS, 30_000.0)]
    life.history.add(HistoryEntry(30_200.0, "happy", ABSENT, 0.9, 1, None))
    life.power_cut()
    life.now = 60_000.0
    assert life.start().gaps()[1:] == [Gap(30_200.0, 60_000.0)]


def test_a_new_device_a_quick_restart_and_a_long_day_leave_no_gap(life: Life) -> None:
    first = life.start()
    run_for(life, first, 86_400)
    first.end()
    life.now += GAP_SECONDS - 1
    assert life.start().gaps() == []


def test_a_device_that_was_suspended_or_had_no_clock_at_its_start_leaves_a_gap(life: Life) -> None:
    first = life.start()
    run_for(life, first, 100)
    life.now += 20_000.0
    first.mark_alive()
    assert first.gaps() == [Gap(1100.0, 21_100.0)]
    first.end()
    life.now = 5.0  # started again, and the network has not told the time yet
    again = life.start()
    run_for(life, again, 30)
    life.now = 90_000.0
    again.mark_alive()
    assert again.gaps()[1:] == [Gap(21_100.0, 90_000.0)]


def test_a_clock_that_was_ahead_for_a_while_leaves_no_gap(life: Life) -> None:
    first = life.start()
    run_for(life, first, 100)
    right, life.now = life.now, 1e9
    run_for(life, first, 30)
    life.now = right + 30
    run_for(life, first, 30)
    assert first.gaps() == []
    first.end()
    life.now += 5000.0
    assert life.start().gaps() == [Gap(1160.0, 6160.0)]


def test_gaps_are_forgotten_with_the_history_and_are_never_many(life: Life) -> None:
    for _ in range(MAX_GAPS + 20):
        life.start().end()
        life.now += 120.0
    assert len(life.start().gaps()) == MAX_GAPS
    life.now += 31 * 86_400
    assert len(life.start().gaps()) == 1


@pytest.mark.parametrize(
    "kept", ["never", 3, [1, 2], [[1, 2, 3]], [["a", "b"]], [[20, 10]], [[0, 1e999]], [None], {"0": 1}]
)
def test_gaps_that_cannot_be_are_no_gaps(life: Life, tmp_path: Path, kept: object) -> None:
    State(tmp_path / "state.json").keep("gaps", kept)
    assert life.start().gaps() == []


def test_the_quarter_in_which_something_was_forgotten_is_not_kept(life: Life) -> None:
    running = life.start()
    some = (60.0,) * len(LABELS)
    life.now = 1900.0
    assert running.forget(1700.0, life.now)
    for at in (900.0, 1800.0, 2700.0):
        running.add_quarter(Quarter(at, some))
    assert [quarter.at for quarter in running.quarters(0.0)] == [900.0, 2700.0]


def test_what_is_forgotten_of_long_ago_leaves_the_present_quarter(life: Life) -> None:
    running = life.start()
    life.now = 90_000.0
    assert running.forget(0.0, 5000.0)
    running.add_quarter(Quarter(90_000.0, (60.0,) * len(LABELS)))
    assert [quarter.at for quarter in running.quarters(0.0)] == [90_000.0]
