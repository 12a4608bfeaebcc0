"""What the page, MQTT and the history are told, and in which time."""

from dataclasses import replace

import pytest

from edge.daemon.continuity import StartMood
from edge.daemon.reporter import SETTLING_SECONDS, Reporter
from edge.mailbox import Latest
from edge.past import HistoryEntry
from edge.records import (
    ABSENT,
    LABELS,
    NONE,
    PAUSED,
    UNKNOWN,
    Box,
    Expression,
    Face,
    Mood,
    MoodChange,
    Reading,
    RoomExpression,
)
from edge.status import CameraState, Health, Status
from tests.daemon.clocks import Clocks
from tests.daemon.reports import HITS, SCORES, Recorder, a_frame, a_reading, made


def test_changes_are_counted_by_mood(reporter: Reporter) -> None:
    reporter.report_switch(ABSENT, None, 100.0)
    for at, mood, before in ((101.0, "happy", ABSENT), (102.0, "sad", "happy"), (103.0, "happy", "sad")):
        reporter.report_reading(a_reading(at, MoodChange(mood, before, 0.4, at, 1)), a_frame(at))
    reporter.report_reading(a_reading(104.0), a_frame(104.0))
    assert reporter.changes == {"happy": 2, "sad": 1}


def test_a_reading_is_shown_in_wall_clock_time(reporter: Reporter, status: Latest[Status]) -> None:
    reporter.report_reading(a_reading(t=100.0), a_frame(100.0))
    shown = status.peek()
    assert shown is not None
    assert (shown.mood, shown.since, shown.at, shown.playlist) == ("happy", 1000.0, 1000.0, HITS)
    assert shown.frame_size == (640, 480)


def test_a_face_that_is_not_confirmed_is_not_shown(reporter: Reporter, status: Latest[Status]) -> None:
    sure = Face(1, Box(0, 0, 9, 9), 1.0)
    reporter.report_reading(
        a_reading(100.0, faces=(sure, Face(2, Box(9, 9, 9, 9), 1.0, confirmed=False))), a_frame(100.0)
    )
    shown = status.peek()
    assert shown is not None
    assert shown.faces == (sure,)


def test_nobody_is_shown_while_the_expression_is_none(reporter: Reporter, status: Latest[Status]) -> None:
    carried, just_come = Face(1, Box(0, 0, 9, 9), 0.0), Face(2, Box(9, 9, 9, 9), 1.0, Expression(SCORES))
    here = a_reading(100.0, faces=(carried, just_come))
    absent = replace(here, expression=RoomExpression(NONE, 0.0, (0.0,) * len(LABELS), since=100.0))
    for reading, shown in [(absent, ()), (here, (carried, just_come))]:
        reporter.report_reading(reading, a_frame(100.0))
        now = status.peek()
        assert now is not None and now.faces == shown


def test_a_change_is_published_and_kept_with_its_own_time(reporter: Reporter, outside: Recorder) -> None:
    change = MoodChange("happy", ABSENT, 0.4, at=99.0, face_count=1, playlist=HITS)
    reporter.report_reading(a_reading(100.0, change), a_frame(100.0))
    assert outside.published[0][1:] == (change, 999.0)
    assert outside.kept == [HistoryEntry(999.0, "happy", ABSENT, 0.4, 1, HITS)]


def test_nothing_is_kept_while_the_mood_holds(reporter: Reporter, outside: Recorder) -> None:
    reporter.report_reading(a_reading(100.0), a_frame(100.0))
    assert len(outside.published) == 1
    assert outside.kept == []


def test_switching_the_camera_off_is_a_change_to_paused_and_on_again_to_absent(
    reporter: Reporter, outside: Recorder, status: Latest[Status]
) -> None:
    reporter.report_switch(PAUSED, HITS, now=100.0)
    paused = status.peek()
    reporter.report_switch(ABSENT, None, now=160.0)
    back = status.peek()
    assert paused is not None and back is not None
    assert (paused.mood, paused.camera_on, paused.faces, paused.playlist) == ("paused", False, (), HITS)
    assert (back.mood, back.camera_on, back.playlist) == ("absent", True, None)
    kept = [(entry.mood, entry.previous, entry.playlist) for entry in outside.kept]
    assert kept == [("paused", "absent", HITS), ("absent", "paused", None)]


@pytest.mark.parametrize(("since", "shown"), [(400.0, 400.0), (None, 1000.0)], ids=["since then", "since whenever"])
def test_a_camera_that_was_off_before_the_restart_is_no_change(
    status: Latest[Status], outside: Recorder, clocks: Clocks, since: float | None, shown: float
) -> None:
    reporter = made(status, outside, clocks, StartMood(PAUSED, since))
    reporter.report_switch(PAUSED, None, now=100.0)
    (paused, change, _) = outside.published[0]
    assert (paused.mood, paused.since, change, outside.kept) == (PAUSED, shown, None, [])
    reporter.report_switch(ABSENT, None, now=160.0)
    assert [(entry.at, entry.mood, entry.previous) for entry in outside.kept] == [(1060.0, ABSENT, PAUSED)]


def test_health_is_shown_at_once_though_no_frame_comes_and_goes_out_on_the_heartbeat_only(
    reporter: Reporter, outside: Recorder, status: Latest[Status]
) -> None:
    reporter.report_switch(PAUSED, HITS, now=100.0)
    health = Health(0.0, None, 0.5, 97.0, None, None, "paused", 0, 3.0, 10.0)
    for uptime in (10.0, 15.0):
        latest = replace(health, uptime_seconds=uptime)
        reporter.report_health(latest, heartbeat=False)
        shown = status.peek()
        assert shown is not None
        assert (shown.mood, shown.playlist, shown.health) == (PAUSED, HITS, latest)
    assert outside.heartbeats == [] and len(outside.published) == 1
    reporter.report_health(health, heartbeat=True)
    assert outside.heartbeats == [health]
    assert outside.signs == 3


def absent(t: float, since: float) -> Reading:
    zeros = (0.0,) * len(LABELS)
    nobody = RoomExpression(NONE, 0.0, zeros, since=since)
    return replace(a_reading(t), expression=nobody, mood=Mood(ABSENT, 0.0, zeros, since=since), playlist=None)


def test_nobody_knows_who_is_there_before_there_were_a_few_looks(reporter: Reporter, status: Latest[Status]) -> None:
    presence = []
    reporter.report_switch(ABSENT, None, now=100.0)
    presence.append(presence_in(status))
    for t in (101.0, 101.0 + SETTLING_SECONDS):
        reporter.report_reading(absent(t, since=101.0), a_frame(t))
        presence.append(presence_in(status))
    reporter.report_reading(a_reading(105.0), a_frame(105.0))
    presence.append(presence_in(status))
    reporter.report_blind()
    presence.append(presence_in(status))
    assert presence == [None, None, False, True, None]


def test_whoever_leaves_is_told_of_at_once(reporter: Reporter, status: Latest[Status]) -> None:
    reporter.report_switch(ABSENT, None, now=100.0)
    for t in (101.0, 101.0 + SETTLING_SECONDS):
        reporter.report_reading(a_reading(t), a_frame(t))
    reporter.report_reading(absent(105.0, since=105.0), a_frame(105.0))
    assert presence_in(status) is False


def presence_in(status: Latest[Status]) -> bool | None:
    shown = status.peek()
    assert shown is not None
    return shown.presence


def test_without_frames_the_mood_is_unknown_and_then_what_is_seen_without_a_false_arrival(
    reporter: Reporter, outside: Recorder
) -> None:
    here = MoodChange("happy", ABSENT, 0.4, at=100.0, face_count=1)
    reporter.report_reading(a_reading(100.0, here), a_frame(100.0))
    reporter.report_switch(UNKNOWN, None, now=105.0)
    reporter.report_reading(absent(120.0, since=120.0), a_frame(120.0))
    reporter.report_reading(a_reading(121.0, replace(here, at=121.0)), a_frame(121.0))
    kept = [(entry.at, entry.mood, entry.previous) for entry in outside.kept]
    assert kept == [(1000.0, "happy", ABSENT), (1005.0, UNKNOWN, "happy"), (1021.0, "happy", UNKNOWN)]


def test_without_frames_and_then_nobody_in_view_is_absent_after_a_moment(
    reporter: Reporter, outside: Recorder, status: Latest[Status]
) -> None:
    reporter.report_switch(UNKNOWN, None, now=105.0)
    for t in (120.0, 121.0, 120.0 + SETTLING_SECONDS, 130.0):
        reporter.report_reading(absent(t, since=120.0), a_frame(t))
    kept = [(entry.at, entry.mood, entry.previous) for entry in outside.kept]
    assert kept == [(1005.0, UNKNOWN, ABSENT), (1020.0 + SETTLING_SECONDS, ABSENT, UNKNOWN)]


def test_what_is_wrong_with_the_camera_is_told_at_once_and_once(reporter: Reporter, outside: Recorder) -> None:
    reporter.report_switch(ABSENT, None, now=100.0)
    away = CameraState("failed", "/dev/video0: no camera there")
    for _ in range(3):
        reporter.report_camera(away)
    assert [told.camera for told, _, _ in outside.published] == [CameraState("opening"), away]
    reporter.report_reading(a_reading(101.0), a_frame(101.0))
    assert outside.published[-1][0].camera == away


def test_when_a_paused_camera_goes_on_by_itself_is_told_once_and_forgotten_when_it_does(
    reporter: Reporter, outside: Recorder
) -> None:
    reporter.report_switch(PAUSED, None, 100.0)
    for _ in range(3):
        reporter.report_off_until(5000.0)
    assert [status.camera_until for status, *_ in outside.published] == [None, 5000.0]
    reporter.report_switch(ABSENT, None, 200.0)
    assert outside.published[-1][0].camera_until is None


def test_health_stays_shown_with_every_reading(reporter: Reporter, status: Latest[Status]) -> None:
    health = Health(5.0, 0.8, 2.5, 97.0, None, None, "ok", 0, 3.0, 10.0)
    reporter.report_health(health, heartbeat=False)
    assert status.peek() is None  # before the first reading there is no mood to tell of
    reporter.report_reading(a_reading(100.0), a_frame(100.0))
    shown = status.peek()
    assert shown is not None and shown.health == health


def test_what_a_quarter_of_an_hour_showed_is_kept_when_it_is_over(
    reporter: Reporter, outside: Recorder, clocks: Clocks
) -> None:
    for second in range(5):
        reporter.report_reading(a_reading(100.0 + second), a_frame(100.0 + second))
        clocks.pass_seconds(1.0)
    assert outside.quarters == []
    reporter.report_reading(a_reading(2000.0), a_frame(2000.0))
    (quarter,) = outside.quarters
    assert quarter.at == 900.0
    assert quarter.seconds[LABELS.index("happy")] == pytest.approx(4.0)
    reporter.close()
