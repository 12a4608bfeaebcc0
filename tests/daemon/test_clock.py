"""A clock that is set while the daemon runs: what is shown moves with it, and no change is invented."""

from dataclasses import replace

import pytest

from edge.daemon.continuity import StartMood
from edge.daemon.reporter import Reporter, WallClock
from edge.mailbox import Latest
from edge.records import (
    ABSENT,
    PAUSED,
    Mood,
    MoodChange,
)
from edge.status import Health, Status
from tests.daemon.clocks import Clocks
from tests.daemon.reports import HITS, SCORES, Recorder, a_frame, a_reading, made


def test_a_clock_that_is_set_moves_what_is_shown_and_drift_does_not(clocks: Clocks) -> None:
    clock = WallClock(lambda: clocks.wall, lambda: clocks.monotonic)
    before = clock.at(50.0)
    clocks.wall += 0.3
    assert clock.at(50.0) == before
    clocks.wall += 3600.0
    assert clock.at(50.0) == pytest.approx(before + 3600.3)


def test_a_clock_that_is_set_while_the_camera_is_off_moves_since_when(
    reporter: Reporter, outside: Recorder, status: Latest[Status], clocks: Clocks
) -> None:
    health = Health(0.0, None, 0.5, 97.0, None, None, "paused", 0, 3.0, 10.0)
    reporter.report_switch(PAUSED, HITS, now=100.0)
    clocks.pass_seconds(60.0)
    reporter.report_health(health, heartbeat=False)
    clocks.wall += 3600.0
    reporter.report_health(health, heartbeat=False)
    shown = status.peek()
    assert shown is not None
    assert (shown.since, shown.mood, shown.playlist, shown.health) == (4600.0, PAUSED, HITS, health)
    assert [(told.since, change) for told, change, _ in outside.published[1:]] == [(4600.0, None)]


def test_a_clock_that_was_in_1970_is_set_while_somebody_is_in_view(
    outside: Recorder, status: Latest[Status], clocks: Clocks
) -> None:
    clocks.wall = 30.0  # a Pi without a network yet
    reporter = made(status, outside, clocks)
    reporter.report_reading(a_reading(100.0, MoodChange("happy", ABSENT, 0.4, at=100.0, face_count=1)), a_frame(100.0))
    clocks.pass_seconds(10.0)
    clocks.wall += 1_795_000_000.0
    still = replace(a_reading(110.0), mood=Mood("happy", 0.4, SCORES, since=100.0))
    reporter.report_reading(still, a_frame(110.0))
    shown = status.peek()
    assert shown is not None and (shown.since, shown.at) == (1_795_000_030.0, 1_795_000_040.0)
    reporter.report_reading(a_reading(111.0, MoodChange("sad", "happy", 0.4, at=111.0, face_count=1)), a_frame(111.0))
    # Nothing is invented: one change each, at the time the clock showed.
    assert [(entry.at, entry.mood) for entry in outside.kept] == [(30.0, "happy"), (1_795_000_041.0, "sad")]


@pytest.mark.parametrize("hours", [1, -1], ids=["an hour on", "an hour back"])
def test_a_clock_that_is_set_by_an_hour_moves_since_when_with_it(
    reporter: Reporter, status: Latest[Status], clocks: Clocks, hours: int
) -> None:
    reporter.report_reading(a_reading(100.0), a_frame(100.0))
    clocks.wall += hours * 3600.0
    reporter.report_reading(replace(a_reading(100.5), mood=Mood("happy", 0.4, SCORES, since=100.0)), a_frame(100.5))
    shown = status.peek()
    assert shown is not None and shown.since == 1000.0 + hours * 3600.0


def test_what_began_before_the_restart_stays_where_it_was_when_the_clock_is_set(
    status: Latest[Status], outside: Recorder, clocks: Clocks
) -> None:
    reporter = made(status, outside, clocks, StartMood(PAUSED, 400.0))
    reporter.report_switch(PAUSED, None, now=100.0)
    clocks.wall += 3600.0
    reporter.report_health(Health(0.0, None, 0.5, 97.0, None, None, "paused", 0, 3.0, 10.0), heartbeat=False)
    shown = status.peek()
    assert shown is not None and shown.since == 400.0
