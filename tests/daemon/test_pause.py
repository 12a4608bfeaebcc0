"""Off for a while: the camera goes on by itself when its pause is over, after a restart too."""

from pathlib import Path

import pytest

from edge.daemon.state import State
from edge.daemon.switch import Switch
from edge.errors import EdgeError
from tests.daemon.camera import Camera
from tests.daemon.clocks import Clocks
from tests.daemon.test_lock import turned

NOON = 1_700_000_000.0


@pytest.fixture
def clocks() -> Clocks:
    return Clocks(wall=NOON)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "moodcast.json")


def switch_of(state: State, clocks: Clocks, camera: Camera | None = None) -> Switch:
    return Switch(camera or Camera(), state, lambda: clocks.monotonic, wall=lambda: clocks.wall)


def test_a_pause_ends_by_itself_and_says_when(state: State, clocks: Clocks, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    camera = Camera()
    switch = switch_of(state, clocks, camera)
    switch.ask(False, 900)
    assert turned(switch) == [False]
    assert switch.until == NOON + 900
    assert "off until 20" in caplog.text
    clocks.pass_seconds(899)
    assert turned(switch) == []
    clocks.pass_seconds(1)
    assert turned(switch) == [True]
    assert camera.on
    assert switch_of(State(state.path), clocks).until is None


def test_whoever_switches_it_on_ends_the_pause(state: State, clocks: Clocks) -> None:
    switch = switch_of(state, clocks)
    switch.ask(False, 900)
    assert turned(switch) == [False]
    switch.ask(True)
    assert turned(switch) == [True]
    switch.ask(False)
    assert turned(switch) == [False]
    clocks.pass_seconds(10_000)
    assert (turned(switch), switch.until) == ([], None), "off for good this time"


def test_a_pause_can_be_made_longer_and_one_for_good_has_no_end(state: State, clocks: Clocks) -> None:
    switch = switch_of(state, clocks)
    switch.ask(False, 900)
    assert turned(switch) == [False]
    switch.ask(False, 3600)
    assert turned(switch) == []
    assert switch_of(State(state.path), clocks).until == NOON + 3600
    switch.ask(False)
    assert turned(switch) == []
    assert switch_of(State(state.path), clocks).until is None
    clocks.pass_seconds(10_000)
    assert turned(switch) == []


def test_a_pause_goes_on_over_a_restart_and_ends_when_it_should(state: State, clocks: Clocks) -> None:
    first = switch_of(state, clocks)
    first.ask(False, 900)
    turned(first)
    clocks.pass_seconds(600)
    camera = Camera()
    second = switch_of(State(state.path), clocks, camera)
    assert (second.until, camera.on) == (NOON + 900, False)
    assert turned(second) == [False]
    clocks.pass_seconds(300)
    assert turned(second) == [True]
    assert camera.on
    assert State(state.path).get("camera_until") is None


def test_a_pause_that_ended_while_the_daemon_was_away_is_over(state: State, clocks: Clocks) -> None:
    first = switch_of(state, clocks)
    first.ask(False, 900)
    turned(first)
    clocks.pass_seconds(5000)
    assert turned(switch_of(State(state.path), clocks)) == [False, True]


def test_off_for_good_stays_so_over_a_restart_whatever_pause_was_before(state: State, clocks: Clocks) -> None:
    first = switch_of(state, clocks)
    for seconds in (900, None):
        first.ask(False, seconds)
        turned(first)
    clocks.pass_seconds(5000)
    assert turned(switch_of(State(state.path), clocks)) == [False]


def test_a_clock_that_is_set_ends_no_pause_early(state: State, clocks: Clocks) -> None:
    switch = switch_of(state, clocks)
    switch.ask(False, 900)
    turned(switch)
    clocks.wall += 86400  # a Pi whose clock stood still until the network set it
    assert turned(switch) == []
    clocks.pass_seconds(900)
    assert turned(switch) == [True]


def test_a_lock_ends_with_no_pause(state: State, clocks: Clocks) -> None:
    switch = switch_of(state, clocks)
    switch.ask(False, 900)
    turned(switch)
    switch.lock(True)
    turned(switch)
    clocks.pass_seconds(5000)
    assert (turned(switch), switch.on, switch.until) == ([], False, None)


@pytest.mark.parametrize("kept", ["soon", True, [1], {}])
def test_an_end_that_is_no_time_is_none(state: State, clocks: Clocks, kept: object) -> None:
    state.keep("camera_until", kept)
    state.keep("camera", False)
    clocks.pass_seconds(10**9)
    assert turned(switch_of(State(state.path), clocks)) == [False]


def test_a_pause_that_anybody_may_ask_for_ends_no_longer_one(state: State, clocks: Clocks) -> None:
    switch = switch_of(state, clocks)
    switch.pause(3600)
    assert turned(switch) == [False] and switch.until == NOON + 3600
    for seconds in (None, 7200.0):  # off for good, and for longer
        switch.ask(False, seconds)
        turned(switch)
        with pytest.raises(EdgeError, match="stays so for longer"):
            switch.pause(3600)
