"""The camera's switch on MQTT: what is obeyed, and what is not."""

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from edge.errors import EdgeError
from tests.broker.client import BASE, StartMqtt, at, until
from tests.broker.listener import Listener
from tests.broker.mosquitto import Mosquitto
from tests.broker.samples import MOMENT, a_change, a_status


def test_the_camera_is_switched_by_command_and_its_state_answers(
    start: StartMqtt, broker: Mosquitto, listener: Listener, switched: list[bool]
) -> None:
    mqtt = start(at(broker.port))
    listener.wait_for(f"{BASE}/availability", "online")
    listener.say(f"{BASE}/camera/set", "OFF")
    until(lambda: switched == [False], "the command")
    mqtt.publish(a_status("paused", 0.0, faces=0, playlist=None, camera_on=False), a_change("paused", "happy"), MOMENT)
    listener.wait_for(f"{BASE}/camera/state", "OFF")
    listener.say(f"{BASE}/camera/set", "ON")
    until(lambda: switched == [False, True], "the second command")


def test_nonsense_is_answered_by_a_few_lines_in_the_log_and_nothing_else(
    start: StartMqtt, broker: Mosquitto, listener: Listener, switched: list[bool], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    start(at(broker.port))
    listener.wait_for(f"{BASE}/availability", "online")
    for payload in (b"maybe", b"\xff\xfe", b"x" * 900_000, b"", b"{}", b"1", b"true", b"toggle"):
        listener.say(f"{BASE}/camera/set", payload)
    listener.say(f"{BASE}/camera/set", b"y" * 2_000_000)  # the broker keeps it from us: it is over the maximum we named
    listener.say(f"{BASE}/camera/set", "OFF")
    until(lambda: switched == [False], "the one command that is one")
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 5
    assert all("ON and OFF" in line and len(line) < 250 for line in warnings)


def test_a_retained_command_is_told_of_and_not_obeyed(
    start: StartMqtt, broker: Mosquitto, listener: Listener, switched: list[bool], caplog: pytest.LogCaptureFixture
) -> None:
    listener.say(f"{BASE}/camera/set", "OFF", retain=True)
    start(at(broker.port))
    until(lambda: "mosquitto_pub -r -n" in caplog.text, "the warning")
    assert switched == []


def test_a_retained_command_is_told_of_once_for_all_connections(
    start: StartMqtt, broker: Mosquitto, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    listener.say(f"{BASE}/camera/set", "OFF", retain=True)
    mqtt = start(at(broker.port, keepalive_seconds=1))
    listener.wait_for(f"{BASE}/availability", "online")
    broker.freeze(True)
    until(lambda: not mqtt.state.startswith("connected"), "the loss noticed")
    broker.freeze(False)
    listener.wait_for(f"{BASE}/availability", "online", count=2)
    assert caplog.text.count("mosquitto_pub -r -n") == 1


def test_a_mistake_in_the_camera_s_callback_does_not_end_mqtt(
    start: StartMqtt, broker: Mosquitto, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(on: bool) -> None:
        raise RuntimeError("no such camera")

    mqtt = start(at(broker.port), on_camera=broken)
    listener.wait_for(f"{BASE}/availability", "online")
    listener.say(f"{BASE}/camera/set", "OFF")
    until(lambda: "no such camera" in caplog.text, "the log line")
    mqtt.publish(a_status("sad"), a_change("sad"), MOMENT)
    listener.wait_for(f"{BASE}/mood", "sad")
    assert listener.texts(f"{BASE}/availability") == ["online"]


def test_a_command_is_obeyed_five_times_a_minute_and_a_refusal_is_one_line(
    start: StartMqtt, broker: Mosquitto, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[str] = []

    def refuse() -> None:
        raise EdgeError("the camera is off: switch it on first")

    commands = {"another_playlist": lambda: asked.append("another"), "resting_face": refuse}
    start(at(broker.port), commands=commands)
    listener.wait_for(f"{BASE}/availability", "online")
    for _ in range(8):
        listener.say(f"{BASE}/command/set", "another_playlist")
    listener.say(f"{BASE}/command/set", "resting_face")
    until(lambda: "resting_face is refused: the camera is off" in caplog.text, "the refusal")
    assert asked == ["another"] * 5
    assert "Traceback" not in caplog.text


def test_a_command_that_the_broker_has_kept_is_not_obeyed(
    start: StartMqtt, broker: Mosquitto, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[str] = []
    listener.say(f"{BASE}/command/set", "another_playlist", retain=True)
    start(at(broker.port), commands={"another_playlist": lambda: asked.append("another")})
    until(lambda: "mosquitto_pub -r -n" in caplog.text, "the warning")
    assert asked == []


def test_the_topic_of_a_guest_switch_is_followed_as_the_broker_keeps_it(
    start: StartMqtt, broker: Mosquitto, listener: Listener, switched: list[bool]
) -> None:
    said: list[bool] = []
    listener.say("home/guests", "on", retain=True)
    start(at(broker.port, pause_topic="home/guests"), on_pause=said.append)
    until(lambda: said == [True], "what was kept")
    for payload in ("off", "ON", "", "maybe"):
        listener.say("home/guests", payload)
    until(lambda: said == [True, False, True, False, False], "what came")
    assert switched == []
    listener.say("home/guests", "", retain=True)


def test_a_setting_is_asked_for_told_when_it_is_in_force_and_refused_in_a_line(
    start: StartMqtt, broker: Mosquitto, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[Mapping[str, Any]] = []

    def change(values: Mapping[str, Any]) -> None:
        asked.append(values)
        if values["playlists.hold_minutes"] > 1440:
            raise EdgeError("playlists.hold_minutes: found 9999, must be a number")

    mqtt = start(at(broker.port), on_settings=change, settings={"playlists.hold_minutes": 10.0})
    listener.wait_for(f"{BASE}/settings", '{"playlists.hold_minutes":10.0}')
    for payload in ("{", '{"web.port": 80}', '{"playlists.hold_minutes": 9999}', '{"playlists.hold_minutes": 30}'):
        listener.say(f"{BASE}/settings/set", payload)
    until(lambda: len(asked) == 2, "what was asked for")
    mqtt.configure({}, {"playlists.hold_minutes": 30.0})
    listener.wait_for(f"{BASE}/settings", '{"playlists.hold_minutes":30.0}')
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 3 and "another setting is refused: playlists.hold_minutes: found 9999" in warnings[2]


def test_settings_and_corrections_are_obeyed_five_times_a_minute(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    asked: list[object] = []
    start(at(broker.port), on_settings=asked.append, on_correction=asked.append)
    listener.wait_for(f"{BASE}/availability", "online")
    for number in range(8):
        listener.say(f"{BASE}/settings/set", f'{{"playlists.hold_minutes": {number}}}')
        listener.say(f"{BASE}/correction/set", "sad")
    listener.say(f"{BASE}/settings/set", "{")
    listener.say(f"{BASE}/camera/set", "ON")
    until(lambda: len(asked) >= 10, "what was asked for")
    assert asked.count("sad") == 5 and len(asked) == 10


def test_a_correction_is_passed_on_said_and_over_a_moment_later(
    start: StartMqtt, broker: Mosquitto, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[str] = []

    def correct(right: str) -> None:
        asked.append(right)
        raise EdgeError("there is no mood now that could be wrong")

    start(at(broker.port), on_correction=correct)
    listener.wait_for(f"{BASE}/correction", "none")
    listener.say(f"{BASE}/correction/set", "sad")
    listener.wait_for(f"{BASE}/correction", "none", count=2)
    assert asked == ["sad"] and listener.texts(f"{BASE}/correction") == ["none", "sad", "none"]
    assert "a correction is refused: there is no mood" in caplog.text and "somebody else wrote" not in caplog.text
