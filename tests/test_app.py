"""The main loop's turns: parts that die, signals, and time that passes without frames."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from edge.app import look_after
from edge.config import DeviceConfig, MqttConfig
from edge.errors import EdgeError
from edge.outputs.mqtt import Mqtt


def no_reload() -> None:
    raise AssertionError("nobody asked for it")


def test_a_part_that_lives_is_left_alone() -> None:
    alive: Any = SimpleNamespace(alive=True, check=lambda: None)
    look_after(alive, alive, threading.Event(), no_reload)
    look_after(None, None, threading.Event(), no_reload)


def test_a_hangup_is_obeyed_once() -> None:
    hangup, obeyed = threading.Event(), list[int]()
    hangup.set()
    for _ in range(2):
        look_after(None, None, hangup, lambda: obeyed.append(1))
    assert obeyed == [1]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_mqtt_thread_that_dies_ends_the_daemon_rather_than_leave_it_mute(
    monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    def dies(*_: object) -> None:
        raise SystemExit  # what no `except Exception` catches

    monkeypatch.setattr(Mqtt, "_live_once", dies)
    mqtt = Mqtt(MqttConfig(host="127.0.0.1", port=free_port), DeviceConfig(), {}, lambda _on: None)
    mqtt.start()
    mqtt._thread.join(10)
    with pytest.raises(EdgeError, match="the MQTT thread has stopped by itself"):
        look_after(mqtt, None, threading.Event(), no_reload)
    mqtt.close()
