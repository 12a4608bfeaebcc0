"""How the device is doing, as it is measured every few seconds."""

import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from edge.config import Config, MoodConfig
from edge.daemon.heart import MEASURE_SECONDS, NEWS_SECONDS, Heart
from edge.mood.room import HOUR_SECONDS, RoomMood
from edge.outputs.machine import Machine
from edge.outputs.systemd import Notifier
from edge.records import RoomExpression
from edge.status import CameraState, Health
from tests.mood.streams import face, scores


class Reports:
    """Takes the place of the reporter: what the heart measured."""

    def __init__(self) -> None:
        self.measured: list[Health] = []
        self.changes = {"sad": 2}

    def report_health(self, health: Health, *, heartbeat: bool) -> None:
        self.measured.append(health)


class Fed(Notifier):
    """Counts how often the watchdog was fed."""

    def __init__(self) -> None:
        super().__init__(None)
        self.times = 0

    def watchdog(self) -> None:
        self.times += 1

    def status(self, line: str) -> None:
        self.line = line


def pipeline(room: RoomMood | None = None) -> Any:
    return SimpleNamespace(room=room or RoomMood(MoodConfig()), set_load=lambda *_: None)


def heart(
    camera: str = "ok", mqtt: Any = None, history: Any = None, switch: Any = None, player: Any = None
) -> tuple[Heart, Reports, Fed]:
    reporter: Any = (told := Reports())
    capture: Any = SimpleNamespace(state=CameraState(camera))
    fed = Fed()
    return Heart(Config(), pipeline(), capture, Machine(), reporter, fed, mqtt, history, switch, player), told, fed


def measured(**parts: Any) -> Health:
    beating, told, _ = heart(**parts)
    beating.beat(time.monotonic() + MEASURE_SECONDS)
    return told.measured[0]


@pytest.mark.parametrize(
    ("state", "told"),
    [("connected with MQTT 5", "connected with MQTT 5"), ("refused: nas:1883 refuses user 'me'", "refused")],
)
def test_the_connection_to_the_broker_is_told_in_a_word_without_names(state: str, told: str) -> None:
    health = measured(mqtt=SimpleNamespace(state=state, queue=3, problem=""))
    assert (health.mqtt, health.queue) == (told, 3)


def test_so_is_that_to_the_music_player() -> None:
    assert measured(player=SimpleNamespace(state="unreachable: no MPD at nas:6600")).player == "unreachable"
    assert measured().player is None


def test_what_is_wrong_with_the_camera_its_switch_and_the_device_id_is_told_in_one_line() -> None:
    twin = SimpleNamespace(state="connected with MQTT 5", queue=0, problem="another device has the id")
    switch = SimpleNamespace(problem="the switch could not be written down")
    assert measured(mqtt=twin).problem == "another device has the id"
    assert measured(mqtt=twin, switch=switch).problem == f"{switch.problem}; {twin.problem}"


@pytest.mark.parametrize(("problem", "told"), [("", "ok"), ("/secret/history.db: disk full", "waiting")])
def test_a_history_that_cannot_be_written_is_told_of(problem: str, told: str) -> None:
    assert measured(history=SimpleNamespace(problem=problem)).history == told


def test_what_is_switched_off_is_not_told_of() -> None:
    health = measured()
    assert (health.mqtt, health.history, health.queue) == (None, None, 0)


@pytest.mark.parametrize(("camera", "fed"), [("ok", 1), ("failed", 3), ("frozen", 3), ("paused", 3), ("recovering", 3)])
def test_the_watchdog_is_fed_after_progress_and_while_a_camera_is_known_to_be_away(camera: str, fed: int) -> None:
    beating, _, notifier = heart(camera)
    now = time.monotonic()
    for seconds in (0.5, 2.5, 4.5):
        beating.beat(now + seconds)
    assert notifier.times == fed


def test_a_camera_that_stops_or_comes_back_is_told_of_soon() -> None:
    camera: Any = SimpleNamespace(state=CameraState())
    reporter: Any = (told := Reports())
    beating = Heart(Config(), pipeline(), camera, Machine(), reporter, Fed(), None, None)
    now = time.monotonic()
    for state in ("recovering", "ok", "paused"):
        beating.beat(now)
        camera.state = CameraState(state)
        now += NEWS_SECONDS + 0.1
        beating.beat(now)
        beating.beat(now + NEWS_SECONDS)
    assert [health.camera for health in told.measured] == ["recovering", "ok", "paused"]


def test_what_reading_a_face_takes_is_told_of_the_faces_that_were_read() -> None:
    beating, told, _ = heart()
    shown = face(scores(happy=0.9))
    for faces, ms in (((shown, shown), 8.0), ((replace(shown, read=False),), 0.1), ((shown,), 4.0)):
        reading: Any = SimpleNamespace(faces=faces, stages_ms={"classify": ms})
        beating.record(reading)
    beating.beat(time.monotonic() + MEASURE_SECONDS)
    assert told.measured[0].inference_ms == 4.0


def test_frames_and_the_seconds_of_their_stages_are_counted() -> None:
    beating, _, _ = heart()
    for stages in ({"motion": 1.0, "detect": 8.0}, {"motion": 1.0, "detect": 0.0, "classify": 2.0}):
        reading: Any = SimpleNamespace(faces=(), stages_ms=stages)
        beating.record(reading)
    found = beating.counts()
    assert (found.frames, found.mood_changes) == (2, {"sad": 2})
    assert found.stage_seconds == pytest.approx({"motion": 0.002, "detect": 0.008, "classify": 0.002})


@pytest.mark.parametrize("camera", ["paused", "recovering"])
def test_changes_of_more_than_an_hour_ago_are_told_of_no_more_though_nothing_is_looked_at(camera: str) -> None:
    room = RoomMood(MoodConfig())
    started = time.monotonic()
    room.update(RoomExpression("happy", 0.9, (0.0,) * 7, started), 1, started)
    reporter: Any = (told := Reports())
    capture: Any = SimpleNamespace(state=CameraState(camera))
    beating = Heart(Config(), pipeline(room), capture, Machine(), reporter, Fed(), None, None)
    beating.beat(started + 60.0)
    beating.beat(started + HOUR_SECONDS + 60.0)
    assert [health.changes_per_hour for health in told.measured] == [1.0, 0.0]


@pytest.mark.parametrize(("camera", "line"), [("ok", "camera ok"), ("dark", "camera dark")])
def test_systemd_is_told_how_the_camera_is(camera: str, line: str) -> None:
    beating, _, fed = heart(camera)
    beating.beat(time.monotonic() + 1)
    assert fed.line == line
