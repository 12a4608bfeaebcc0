"""The guest switch: a topic of the house keeps the camera off while it says so."""

from pathlib import Path

import pytest

from edge.daemon.guests import GuestSwitch
from edge.daemon.state import State
from edge.daemon.switch import Switch
from tests.daemon.camera import Camera
from tests.daemon.test_lock import turned


class House:
    """A switch and the topic that it follows; a restart makes both anew."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "state.json"
        self.restart()

    def restart(self) -> None:
        self.switch = Switch(Camera(), State(self._file))
        self._guests = GuestSwitch(self.switch)
        turned(self.switch)

    def says(self, off: bool) -> list[bool]:
        self._guests.says(off)
        return self.turn()

    def turn(self) -> list[bool]:
        self._guests.obey()
        return turned(self.switch)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_the_camera_is_off_while_the_topic_says_so(house: House) -> None:
    assert house.says(True) == [False]
    assert house.switch.why == "topic"
    assert house.says(True) == []
    assert house.says(False) == [True]
    assert house.switch.why == ""


def test_a_restart_meanwhile_changes_nothing(house: House) -> None:
    house.says(True)
    house.restart()
    assert not house.switch.on and house.switch.why == "topic"
    assert house.says(True) == []
    assert house.says(False) == [True]


def test_whoever_switches_it_on_meanwhile_has_it_on_until_the_topic_says_so_anew(house: House) -> None:
    house.says(True)
    house.switch.ask(True)
    assert house.turn() == [True]
    assert house.says(True) == []
    assert house.says(False) == []
    assert house.says(True) == [False]


def test_a_camera_that_a_hand_switched_off_stays_off(house: House) -> None:
    house.switch.ask(False)
    assert house.turn() == [False]
    assert house.says(True) == house.says(False) == []


def test_who_switches_it_off_while_the_topic_keeps_it_off_wants_it_off_for_good(house: House) -> None:
    house.says(True)
    house.switch.ask(False)
    house.turn()
    house.restart()
    assert house.says(False) == []


def test_a_pause_becomes_as_long_as_the_topic_says(house: House) -> None:
    house.switch.ask(False, 900)
    house.turn()
    assert house.says(True) == []
    assert house.switch.until is None
    assert house.says(False) == [True]


def test_locked_it_stays_off(house: House) -> None:
    house.says(True)
    house.switch.lock(True)
    house.turn()
    assert house.says(False) == []
