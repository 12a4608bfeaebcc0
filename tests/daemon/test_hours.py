"""Quiet hours: the camera pauses at the owner's times of day, and goes on by itself."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from edge.config import CameraConfig, Config
from edge.daemon.hours import QuietHours, quiet_until
from edge.daemon.state import State
from edge.daemon.switch import Switch
from tests.daemon.camera import Camera
from tests.daemon.test_lock import turned

NIGHT, NOON = (22 * 60 + 30, 6 * 60), (12 * 60, 13 * 60)


pytestmark = pytest.mark.usefixtures("berlin")


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-29 22:29:59", None),
        ("2026-11-29 22:30", "2026-11-30 06:00"),
        ("2026-11-30 05:59:59", "2026-11-30 06:00"),
        ("2026-11-30 06:00", None),
        ("2026-11-30 12:30", "2026-11-30 13:00"),
        ("2026-10-25 01:00", "2026-10-25 06:00"),  # summer time ends at three
    ],
)
def test_it_is_quiet_between_the_times_across_midnight_too(now: str, until: str | None) -> None:
    assert quiet_until([NIGHT, NOON], at(now)) == (at(until) if until else None)


def test_of_two_that_overlap_the_later_end_holds() -> None:
    assert quiet_until([NOON, (12 * 60 + 15, 15 * 60)], at("2026-11-29 12:30")) == at("2026-11-29 15:00")
    assert quiet_until([], at("2026-11-29 12:30")) is None


class Room:
    """A switch and its quiet hours, on clocks that a test moves."""

    def __init__(self, folder: Path, now: str) -> None:
        self.now = at(now)
        self.camera = Camera()
        self.switch = Switch(self.camera, State(folder / "state.json"), lambda: self.now, wall=lambda: self.now)
        self.config = Config(camera=CameraConfig(quiet_hours=(NIGHT,)))
        self.quiet = QuietHours(self.config, self.switch, lambda: self.now)

    def turn(self, now: str) -> list[bool]:
        self.now = at(now)
        self.quiet.apply()
        return turned(self.switch)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path, "2026-11-29 20:00")


def test_the_camera_pauses_when_they_begin_and_goes_on_when_they_end(room: Room) -> None:
    assert room.turn("2026-11-29 22:29") == []
    assert room.turn("2026-11-29 22:30") == [False]
    assert room.switch.until == at("2026-11-30 06:00")
    assert room.turn("2026-11-30 05:59") == []
    assert room.turn("2026-11-30 06:00") == [True]


def test_whoever_switches_it_on_meanwhile_has_it_on_until_the_next_evening(room: Room) -> None:
    room.turn("2026-11-29 22:30")
    room.switch.ask(True)
    assert room.turn("2026-11-29 23:00") == [True]
    assert room.turn("2026-11-30 03:00") == []
    assert room.turn("2026-11-30 22:30") == [False]


def test_a_camera_that_is_off_for_good_stays_off(room: Room) -> None:
    room.switch.ask(False)
    assert room.turn("2026-11-29 22:00") == [False]
    assert room.turn("2026-11-29 22:30") == []
    assert room.turn("2026-11-30 06:30") == []


def test_a_pause_that_would_end_in_them_ends_with_them(room: Room) -> None:
    room.switch.ask(False, 3600)
    assert room.turn("2026-11-29 22:00") == [False]
    room.turn("2026-11-29 22:30")
    assert room.turn("2026-11-29 23:30") == []
    assert room.turn("2026-11-30 06:00") == [True]


def test_other_hours_hold_from_the_reload_on(room: Room) -> None:
    room.quiet.configure(replace(room.config, camera=CameraConfig(quiet_hours=())))
    assert room.turn("2026-11-29 22:30") == []
    room.quiet.configure(replace(room.config, camera=CameraConfig(quiet_hours=(NIGHT,))))
    assert room.turn("2026-11-29 22:31") == [False]


def test_hours_that_are_taken_out_and_set_again_begin_anew(room: Room) -> None:
    room.turn("2026-11-29 22:30")
    room.quiet.configure(replace(room.config, camera=CameraConfig(quiet_hours=())))
    room.switch.ask(True)
    assert room.turn("2026-11-29 22:40") == [True]
    room.quiet.configure(room.config)
    assert room.turn("2026-11-29 22:41") == [False]
