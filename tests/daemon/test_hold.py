"""The guest switch: a topic of the house keeps the camera off, besides what a hand and quiet hours want."""

from pathlib import Path

import pytest

from edge.config import CameraConfig, Config
from edge.daemon.hours import QuietHours
from edge.daemon.state import State
from edge.daemon.switch import Switch
from tests.daemon.camera import Camera
from tests.daemon.clocks import Clocks
from tests.daemon.test_lock import turned

NOON = 1_700_000_000.0


class House:
    """A switch and the topic that holds it; a restart makes it anew."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "state.json"
        self.clocks = Clocks(wall=NOON)
        self.restart()

    def restart(self) -> None:
        self.camera = Camera()
        clocks = self.clocks
        self.switch = Switch(self.camera, State(self._file), lambda: clocks.monotonic, wall=lambda: clocks.wall)
        turned(self.switch)

    def says(self, off: bool) -> list[bool]:
        self.switch.hold(off)
        return turned(self.switch)

    def asks(self, on: bool, seconds: float | None = None) -> list[bool]:
        self.switch.ask(on, seconds)
        return turned(self.switch)

    def passes(self, seconds: float) -> list[bool]:
        self.clocks.pass_seconds(seconds)
        return turned(self.switch)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_the_camera_is_off_while_the_topic_says_so(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    assert house.says(True) == [False]
    assert (house.camera.on, house.switch.why) == (False, "topic")
    assert "off while mqtt.pause_topic says so" in caplog.text
    assert house.says(True) == []
    assert house.says(False) == [True]
    assert (house.camera.on, house.switch.why) == (True, "")


def test_a_restart_meanwhile_changes_nothing(house: House) -> None:
    house.says(True)
    house.restart()
    assert (house.switch.on, house.camera.on, house.switch.why) == (False, False, "topic")
    assert house.says(True) == []
    assert house.says(False) == [True]
    house.restart()
    assert house.switch.on


def test_whoever_switches_it_on_meanwhile_has_it_on_until_the_topic_says_so_anew(house: House) -> None:
    house.says(True)
    assert house.asks(True) == [True]
    assert house.says(True) == house.says(False) == []
    assert house.says(True) == [False]


@pytest.mark.parametrize("first", ["hand", "topic"])
def test_what_a_hand_switched_off_stays_off_when_the_topic_is_over(house: House, first: str) -> None:
    if first == "hand":
        house.asks(False)
        house.says(True)
    else:
        house.says(True)
        house.asks(False)
    assert house.switch.why == "", "it does not go on by itself"
    house.restart()
    assert house.says(False) == []


def test_a_pause_that_ends_meanwhile_ends_when_the_topic_is_over(house: House) -> None:
    house.says(True)
    assert house.asks(False, 900) == []
    assert house.passes(900) == []
    assert house.says(False) == [True]


def test_a_pause_goes_on_when_the_topic_is_over_before(house: House) -> None:
    assert house.asks(False, 900) == [False]
    assert house.says(True) == house.says(False) == []
    assert house.passes(899) == []
    assert house.passes(1) == [True]


@pytest.mark.usefixtures("berlin")
def test_quiet_hours_that_begin_meanwhile_are_kept(house: House) -> None:
    night = Config(camera=CameraConfig(quiet_hours=((23 * 60, 6 * 60),)))
    quiet = QuietHours(night, house.switch, lambda: house.clocks.wall)
    house.says(True)
    house.clocks.pass_seconds(3600)  # 23:13 to 00:13
    quiet.apply()
    assert turned(house.switch) == []
    assert house.says(False) == []
    assert house.passes(6 * 3600) == [True]


def test_locked_it_stays_off(house: House) -> None:
    house.says(True)
    house.switch.lock(True)
    turned(house.switch)
    assert house.says(False) == []


def test_a_topic_that_flaps_wears_out_no_camera(house: House) -> None:
    switched = sum(len(house.says(off)) for off in (True, False) * 20)
    assert switched == 11, "on five times a minute, and off"
    assert house.passes(60) == [True]
