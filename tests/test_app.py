"""The main loop's turns: parts that die, signals, and time that passes without frames."""

import threading
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest

from edge.config import DeviceConfig, MqttConfig
from edge.daemon.loop import tend
from edge.errors import EdgeError
from edge.outputs.mqtt import Mqtt
from edge.records import MusicWish


def no_reload() -> None:
    raise AssertionError("nobody asked for it")


def nothing() -> None:
    pass


NOT_ASKED: Any = SimpleNamespace(ask=no_reload)


def test_a_part_that_lives_is_left_alone() -> None:
    alive: Any = SimpleNamespace(alive=True, check=lambda: None)
    tend(alive, alive, alive, threading.Event(), no_reload, SimpleQueue(), NOT_ASKED, nothing)
    tend(None, None, None, threading.Event(), no_reload, SimpleQueue(), NOT_ASKED, nothing)


def test_a_hangup_is_obeyed_once() -> None:
    hangup, obeyed = threading.Event(), list[int]()
    hangup.set()
    for _ in range(2):
        tend(None, None, None, hangup, lambda: obeyed.append(1), SimpleQueue(), NOT_ASKED, nothing)
    assert obeyed == [1]


def test_a_wish_about_the_music_is_passed_on_once_and_in_its_turn() -> None:
    wishes, asked, turns = SimpleQueue[MusicWish](), list[MusicWish](), list[int]()
    pipeline: Any = SimpleNamespace(ask=asked.append)
    for wish in (MusicWish("cheer"), MusicWish("another")):
        wishes.put(wish)
    for _ in range(2):
        tend(None, None, None, threading.Event(), no_reload, wishes, pipeline, lambda: turns.append(2))
    assert asked == [MusicWish("cheer"), MusicWish("another")]
    assert turns == [2, 2], "quiet hours are looked at every turn"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_mqtt_thread_that_dies_ends_the_daemon_rather_than_leave_it_mute(
    monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    def dies(*_: object) -> None:
        raise SystemExit  # what no `except Exception` catches

    monkeypatch.setattr(Mqtt, "_connect_once", dies)
    mqtt = Mqtt(MqttConfig(host="127.0.0.1", port=free_port), DeviceConfig(), {}, lambda _on: None)
    mqtt.start()
    mqtt._thread.join(10)
    with pytest.raises(EdgeError, match="the MQTT thread has stopped by itself"):
        tend(mqtt, None, None, threading.Event(), no_reload, SimpleQueue(), NOT_ASKED, nothing)
    mqtt.close()
