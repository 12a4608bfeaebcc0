"""What survives a restart: the camera switch and the resting face."""

import json
import os
from pathlib import Path

import pytest

from edge.config import MoodConfig
from edge.daemon.resting import NOT_TAKEN, RestingFace
from edge.daemon.state import State
from edge.daemon.switch import Switch
from edge.errors import EdgeError
from edge.mood.baseline import CALM
from edge.mood.filter import MoodFilter
from edge.records import LABELS, Box, Expression, Face

GLUM = tuple({"neutral": 0.4, "sad": 0.5}.get(label, 0.02) for label in LABELS)


class Camera:
    """Counts what the switch did to it."""

    def __init__(self) -> None:
        self.on = True

    def pause(self) -> None:
        self.on = False

    def resume(self) -> None:
        self.on = True


def looking() -> bool:
    return True


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state" / "moodcast.json")


def calibrated(resting: RestingFace, moods: MoodFilter) -> None:
    """Five seconds of a glum face that its owner calls neutral."""
    resting.start()
    resting.obey(0.0)
    for tick in range(70):
        moods.step((Face(1, Box(0, 0, 99, 99), 1.0, Expression(GLUM)),), tick * 0.1)
        resting.learned(tick * 0.1)


def test_what_is_remembered_is_for_its_owner_s_eyes_only(state: State) -> None:
    before = os.umask(0o022)
    state.keep("camera", False)
    os.umask(before)
    assert state.path.stat().st_mode & 0o777 == 0o600


def test_the_switch_obeys_the_latest_wish_and_says_so_once(state: State) -> None:
    camera = Camera()
    switch = Switch(camera, state)
    switch.ask(True)
    switch.ask(False)
    assert switch.turned() is False
    assert switch.turned() is None
    assert not camera.on


def test_asking_for_what_is_already_so_changes_nothing(state: State) -> None:
    switch = Switch(Camera(), state)
    switch.ask(True)
    assert switch.turned() is None


def test_a_camera_that_was_switched_off_stays_off_across_a_restart(state: State) -> None:
    first = Switch(Camera(), state)
    first.ask(False)
    first.turned()
    camera = Camera()
    second = Switch(camera, State(state.path))
    assert (second.on, camera.on, second.turned()) == (False, False, False)


def test_a_calibrated_face_is_remembered_and_forgotten_with_one_call(state: State) -> None:
    moods = MoodFilter(MoodConfig())
    resting = RestingFace(moods, state, looking)
    calibrated(resting, moods)
    assert resting.state == "set"
    again = RestingFace(MoodFilter(MoodConfig()), State(state.path), looking)
    assert again.state == "set"
    again.reset()
    again.obey(0.0)
    assert again.state == "none"
    assert RestingFace(MoodFilter(MoodConfig()), State(state.path), looking).state == "none"


def test_what_is_asked_of_the_resting_face_shows_at_once(state: State) -> None:
    moods = MoodFilter(MoodConfig())
    resting = RestingFace(moods, state, looking)
    resting.start()
    assert resting.state.startswith("collecting")
    calibrated(resting, moods)
    resting.reset()
    assert resting.state == "none"


def test_a_camera_that_is_off_sees_no_resting_face(state: State) -> None:
    resting = RestingFace(MoodFilter(MoodConfig()), state, lambda: False)
    with pytest.raises(EdgeError, match="the camera is off"):
        resting.start()
    assert resting.state == "none"


def test_a_calibration_that_a_switched_camera_ends_is_told_of_in_the_log(
    state: State, caplog: pytest.LogCaptureFixture
) -> None:
    moods = MoodFilter(MoodConfig())
    resting = RestingFace(moods, state, looking)
    resting.switched()
    assert caplog.text == ""
    resting.start()
    resting.obey(0.0)
    for _ in ("off", "on"):
        resting.switched()
        moods.forget()
    assert resting.state.startswith("failed")
    assert [record.getMessage() for record in caplog.records] == [NOT_TAKEN]


def test_a_calibration_asked_for_just_before_the_camera_went_off_is_not_begun(
    state: State, caplog: pytest.LogCaptureFixture
) -> None:
    looks = [True, False]
    resting = RestingFace(MoodFilter(MoodConfig()), state, lambda: looks.pop(0))
    resting.start()
    resting.obey(0.0)
    assert resting.state == "none"
    assert [record.getMessage() for record in caplog.records] == [NOT_TAKEN]


@pytest.mark.parametrize(
    "damage", ['{"camera": fal', "", "[true]", "[" * 100_000], ids=["cut", "empty", "list", "deep"]
)
def test_a_damaged_state_file_costs_what_was_learned_and_nothing_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    path = tmp_path / "moodcast.json"
    path.write_text(damage)
    assert State(path).get("camera") is None
    assert str(path) in caplog.text


def test_a_baseline_that_does_not_fit_is_named_and_learned_anew(state: State, caplog: pytest.LogCaptureFixture) -> None:
    state.keep("baseline", {"version": 99})
    moods = MoodFilter(MoodConfig())
    RestingFace(moods, state, looking)
    assert moods.baseline.average == CALM
    assert "learning it anew" in caplog.text


def test_a_disk_that_takes_nothing_is_one_warning_and_the_old_file_stays(
    state: State, caplog: pytest.LogCaptureFixture
) -> None:
    state.keep("camera", True)
    state.path.with_suffix(".new").mkdir()  # so that the new file cannot be written
    state.keep("camera", False)
    assert json.loads(state.path.read_text()) == {"camera": True}
    assert "cannot be written" in caplog.text
    assert state.get("camera") is False
