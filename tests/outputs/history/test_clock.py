"""What a clock that is wrong, or was set, does to the history: nothing that cannot be undone."""

import time
from pathlib import Path

import pytest

from edge.outputs.history import PRUNE_SECONDS
from tests.outputs.history.clocks import DAY, NOW, Clocks, entry

YEAR = 366 * DAY


def live(clocks: Clocks, path: Path, seconds: float, days: float = 30.0) -> list[float]:
    """A daemon that runs for so long; what its history has then, as seconds from NOW."""
    history = clocks.history(path, days)
    for _ in range(20):
        clocks.pass_by(seconds / 20)
        history.tend()
    times = [e.at - NOW for e in history.since(0.0)]
    history.close()
    return times


@pytest.fixture
def kept(path: Path, clocks: Clocks) -> None:
    """A history of two changes, a minute and a day old."""
    history = clocks.history(path)
    for age in (DAY, 60.0):
        history.add(entry(NOW - age))
    history.close()


@pytest.mark.parametrize("runs", [600.0, 3 * PRUNE_SECONDS, 10 * DAY])
def test_a_start_in_2099_deletes_nothing(path: Path, clocks: Clocks, kept: None, runs: float) -> None:
    clocks.wall += 73 * YEAR
    assert live(clocks, path, runs) == [-DAY, -60.0]


def test_nor_does_a_second_one_after_a_change_was_kept_in_2099(path: Path, clocks: Clocks, kept: None) -> None:
    clocks.wall += 73 * YEAR
    history = clocks.history(path)
    history.add(entry(clocks.wall))
    history.close()
    assert live(clocks, path, DAY)[:2] == [-DAY, -60.0]


def test_a_clock_that_jumps_ahead_while_it_runs_is_not_believed_at_once(path: Path, clocks: Clocks, kept: None) -> None:
    history = clocks.history(path)
    clocks.pass_by(PRUNE_SECONDS)
    clocks.wall += 40 * DAY
    for _ in range(10):
        clocks.pass_by(PRUNE_SECONDS / 20)
        history.tend()
    clocks.wall -= 40 * DAY
    clocks.pass_by(PRUNE_SECONDS)
    history.tend()
    assert len(history.since(0.0)) == 2
    history.close()


def test_after_weeks_without_power_what_is_too_old_goes(path: Path, clocks: Clocks, kept: None) -> None:
    clocks.wall += 45 * DAY
    assert live(clocks, path, 2 * PRUNE_SECONDS) == []


def test_what_was_kept_before_the_clock_was_set_goes_with_the_rest(path: Path, clocks: Clocks, kept: None) -> None:
    history = clocks.history(path)
    history.add(entry(3600.0))  # in 1970
    history.close()
    assert live(clocks, path, 31 * DAY) == []


@pytest.mark.parametrize("shift", [3600.0, -3600.0, -NOW])
def test_a_clock_set_by_an_hour_or_to_1970_and_back_loses_and_invents_nothing(
    path: Path, clocks: Clocks, kept: None, shift: float
) -> None:
    clocks.wall += shift
    history = clocks.history(path)
    clocks.pass_by(PRUNE_SECONDS)
    history.tend()
    clocks.wall -= shift
    clocks.pass_by(PRUNE_SECONDS)
    history.tend()
    assert [e.at - NOW for e in history.since(0.0)] == [-DAY, -60.0]
    history.close()


def test_summer_time_that_begins_or_ends_is_nothing_to_it(
    path: Path, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        for hour_of_change in (1_774_746_000.0, 1_792_890_000.0):  # 2026-03-29 and 2026-10-25, 01:00 UTC
            clocks.wall = hour_of_change - 1800.0
            history = clocks.history(path)
            for _ in range(12):
                history.add(entry(clocks.wall))
                clocks.pass_by(300.0)
                history.tend()
            times = [e.at for e in history.walk(hour_of_change - 1800.0)]
            history.close()
            assert times == [hour_of_change - 1800.0 + 300.0 * number for number in range(12)]
    finally:
        monkeypatch.undo()
        time.tzset()
