"""Off means off: a camera that was locked is switched on by nobody without the password."""

from pathlib import Path

import pytest

from edge.daemon.state import State
from edge.daemon.switch import Switch
from edge.daemon.website import session_key
from edge.errors import EdgeError
from tests.daemon.camera import Camera


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "moodcast.json")


def turned(switch: Switch) -> list[bool]:
    """What the main loop is told until there is nothing more."""
    told = []
    while (on := switch.apply()) is not None:
        told.append(on)
    return told


def test_a_lock_switches_off_and_nothing_asked_for_switches_on(state: State, caplog: pytest.LogCaptureFixture) -> None:
    camera = Camera()
    switch = Switch(camera, state)
    switch.lock(True)
    assert turned(switch) == [False]
    for _ in range(100):
        switch.ask(True)
    assert turned(switch) == []
    assert (switch.on, camera.on, switch.locked) == (False, False, "page")
    assert caplog.text.count("refused") == 1
    switch.lock(False)
    switch.ask(True)
    assert turned(switch) == [True]
    assert camera.on


def test_who_asked_for_on_just_before_the_lock_comes_too_late(state: State) -> None:
    switch = Switch(Camera(), state)
    switch.ask(False)
    assert turned(switch) == [False]
    switch.ask(True)
    switch.lock(True)
    assert turned(switch) == []


def test_a_lock_holds_over_a_restart(state: State) -> None:
    switch = Switch(Camera(), state)
    switch.lock(True)
    turned(switch)
    camera = Camera()
    again = Switch(camera, State(state.path))
    again.ask(True)
    assert turned(again) == [False]
    assert (again.locked, camera.on) == ("page", False)
    again.lock(False)
    turned(again)
    assert Switch(Camera(), State(state.path)).locked == ""


def test_what_the_configuration_locks_the_page_does_not_unlock(state: State) -> None:
    camera = Camera()
    switch = Switch(camera, state, locked_off=True)
    switch.ask(True)
    with pytest.raises(EdgeError, match=r"camera\.locked_off in config\.yaml"):
        switch.lock(False)
    assert turned(switch) == [False]
    assert not camera.on


# what sessions are signed with


def test_the_key_of_the_sessions_is_kept_for_this_user_alone(tmp_path: Path) -> None:
    file = tmp_path / "state" / "moodcast.key"
    key = session_key(file)
    assert len(key) == 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert session_key(file) == key


@pytest.mark.parametrize("damage", ["short", "readable"])
def test_a_key_that_others_could_know_is_made_anew(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "moodcast.key"
    key = session_key(file)
    if damage == "short":
        file.write_bytes(b"x")
    else:
        file.chmod(0o644)
    assert session_key(file) != key
    assert file.stat().st_mode & 0o777 == 0o600


def test_where_nothing_can_be_written_there_is_a_key_and_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    assert len(session_key(tmp_path / "file" / "moodcast.key")) == 32
    assert "a restart logs everybody out" in caplog.text
