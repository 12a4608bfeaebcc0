"""What survives a restart: the camera switch and the resting face."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from edge.config import MoodConfig
from edge.daemon.resting import NOT_TAKEN, RestingFace
from edge.daemon.state import State
from edge.daemon.switch import Switch
from edge.errors import EdgeError
from edge.mood.baseline import CALM
from edge.mood.expression import ExpressionFilter
from edge.records import LABELS, Box, Expression, Face
from tests.daemon.camera import Camera
from tests.disk import fill

GLUM = tuple({"neutral": 0.4, "sad": 0.5}.get(label, 0.02) for label in LABELS)


def looking() -> bool:
    return True


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state" / "moodcast.json")


def calibrated(resting: RestingFace, moods: ExpressionFilter) -> None:
    """Five seconds of a glum face that its owner calls neutral."""
    resting.start()
    resting.apply(0.0)
    for tick in range(70):
        moods.update((Face(1, Box(0, 0, 99, 99), 1.0, Expression(GLUM)),), tick * 0.1)
        resting.keep_learned(tick * 0.1)


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
    assert switch.apply() is False
    assert switch.apply() is None
    assert not camera.on


def test_asking_for_what_is_already_so_changes_nothing(state: State) -> None:
    switch = Switch(Camera(), state)
    switch.ask(True)
    assert switch.apply() is None


def test_a_camera_that_is_switched_to_and_fro_is_switched_a_few_times_and_ends_as_last_wished(
    state: State, caplog: pytest.LogCaptureFixture
) -> None:
    camera, now = Camera(), [0.0]
    switch = Switch(camera, state, lambda: now[0])
    turns = 0
    for ask in range(600):  # ten minutes' worth of the loop's turns in half a minute
        now[0] = ask * 0.05
        switch.ask(ask % 2 == 1)
        turns += switch.apply() is not None
    assert turns <= 12 and caplog.text.count("to and fro") == 1
    switch.ask(True)
    now[0] = 100.0
    assert switch.apply() is True and camera.on
    switch.ask(False)
    assert switch.apply() is False, "off is never kept waiting"


def test_a_camera_that_was_switched_off_stays_off_across_a_restart(state: State) -> None:
    first = Switch(Camera(), state)
    first.ask(False)
    first.apply()
    camera = Camera()
    second = Switch(camera, State(state.path))
    assert (second.on, camera.on, second.apply()) == (False, False, False)


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"camera": "off"}', b"[" * 100_000])
def test_in_doubt_the_camera_stays_off_until_it_is_switched_on(
    state: State, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    state.keep("camera", False)
    state.path.write_bytes(damage)
    camera = Camera()
    found = State(state.path)
    switch = Switch(camera, found)
    assert (switch.on, camera.on, switch.apply()) == (False, False, False)
    assert "nobody knows whether the camera was off" in caplog.text
    switch.ask(True)
    assert switch.apply() is True and camera.on
    assert Switch(Camera(), State(state.path)).on


def test_where_nothing_was_ever_kept_the_camera_is_on(tmp_path: Path) -> None:
    assert Switch(Camera(), State(tmp_path / "state.json")).on


def test_a_switch_off_that_a_full_disk_would_not_take_holds_after_a_restart_and_says_so(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state = State(small_disk / "moodcast.json")
    state.keep("baseline", [0.1] * 7)
    fill(small_disk)
    switch = Switch(Camera(), state)
    switch.ask(False)
    assert switch.apply() is False
    assert "could not be written down" in switch.problem and "would be off" in switch.problem
    assert caplog.text.count(switch.problem) == 1
    again = State(state.path)
    assert not Switch(Camera(), again).on
    assert again.get("baseline") == [0.1] * 7


def test_it_is_written_down_once_there_is_room(small_disk: Path) -> None:
    state, now = State(small_disk / "moodcast.json"), [0.0]
    state.keep("camera", True)
    filler = fill(small_disk)
    switch = Switch(Camera(), state, lambda: now[0])
    switch.ask(False)
    switch.apply()
    filler.unlink()
    now[0] += 30.0
    assert switch.apply() is None and switch.problem == ""
    again = State(state.path)
    assert again.get("camera") is False and not again.in_doubt
    assert sorted(file.name for file in small_disk.iterdir()) == ["moodcast.json"]


def test_a_read_only_disk_takes_no_switch_and_the_line_says_that_it_would_come_back_on(small_disk: Path) -> None:
    state = State(small_disk / "moodcast.json")
    state.keep("camera", True)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    switch = Switch(Camera(), state)
    switch.ask(False)
    assert switch.apply() is False and "after a restart it would be ON" in switch.problem


def test_what_could_not_be_written_is_written_with_the_next_that_can(tmp_path: Path) -> None:
    (tmp_path / "folder").touch()
    state = State(tmp_path / "folder" / "state.json")
    assert not state.keep("camera", True) and state.problem
    assert not state.keep("camera", True), "the same again is not taken for kept"
    (tmp_path / "folder").unlink()
    assert state.keep("camera", True) and not state.problem
    assert State(state.path).get("camera") is True


def test_a_calibrated_face_is_remembered_and_forgotten_with_one_call(state: State) -> None:
    moods = ExpressionFilter(MoodConfig())
    resting = RestingFace(moods, state, looking)
    calibrated(resting, moods)
    assert resting.state == "set"
    again = RestingFace(ExpressionFilter(MoodConfig()), State(state.path), looking)
    assert again.state == "set"
    again.reset()
    again.apply(0.0)
    assert again.state == "none"
    assert RestingFace(ExpressionFilter(MoodConfig()), State(state.path), looking).state == "none"


def test_what_is_asked_of_the_resting_face_shows_at_once(state: State) -> None:
    moods = ExpressionFilter(MoodConfig())
    resting = RestingFace(moods, state, looking)
    resting.start()
    assert resting.state.startswith("collecting")
    calibrated(resting, moods)
    resting.reset()
    assert resting.state == "none"


def test_a_camera_that_is_off_sees_no_resting_face(state: State) -> None:
    resting = RestingFace(ExpressionFilter(MoodConfig()), state, lambda: False)
    with pytest.raises(EdgeError, match="the camera is off"):
        resting.start()
    assert resting.state == "none"


def test_a_calibration_that_a_switched_camera_ends_is_told_of_in_the_log(
    state: State, caplog: pytest.LogCaptureFixture
) -> None:
    moods = ExpressionFilter(MoodConfig())
    resting = RestingFace(moods, state, looking)
    resting.end_calibration()
    assert caplog.text == ""
    resting.start()
    resting.apply(0.0)
    for _ in ("off", "on"):
        resting.end_calibration()
        moods.forget()
    assert resting.state.startswith("failed")
    assert [record.getMessage() for record in caplog.records] == [NOT_TAKEN]


def test_a_calibration_asked_for_just_before_the_camera_went_off_is_not_begun(
    state: State, caplog: pytest.LogCaptureFixture
) -> None:
    looks = [True, False]
    resting = RestingFace(ExpressionFilter(MoodConfig()), state, lambda: looks.pop(0))
    resting.start()
    resting.apply(0.0)
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
    moods = ExpressionFilter(MoodConfig())
    RestingFace(moods, state, looking)
    assert moods.baseline.average == CALM
    assert "learning it anew" in caplog.text


def test_a_disk_that_takes_nothing_is_one_warning_and_the_old_file_stays(
    state: State, caplog: pytest.LogCaptureFixture
) -> None:
    state.keep("camera", True)
    state.path.with_name("moodcast.json.new").mkdir()  # so that the new file cannot be written
    state.keep("camera", False)
    assert json.loads(state.path.read_text()) == {"camera": True}
    assert "cannot be written" in caplog.text
    assert state.get("camera") is False
