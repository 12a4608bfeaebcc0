"""The daemon's MQTT against a real mosquitto: what arrives, when, and after which mishaps."""

import logging
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from broker.listener import Heard, Listener, retained
from broker.mosquitto import Mosquitto, free_port
from broker.samples import MOMENT, a_change, a_health, a_status
from broker.stubborn import Stubborn

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.mqtt import Mqtt
from edge.records import Playlist, Status

BASE = "moodcast/moodcast"
CONFIG = "homeassistant/device/moodcast/config"
THRESHOLDS = {"enter_level": 0.5}
StartMqtt = Callable[..., Mqtt]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def listener(broker: Mosquitto) -> Iterator[Listener]:
    with Listener(broker.port) as listener:
        yield listener


@pytest.fixture
def switched() -> list[bool]:
    """What the camera was asked."""
    return []


@pytest.fixture
def start(switched: list[bool]) -> Iterator[StartMqtt]:
    """Starts a client that retries quickly, and closes it after the test."""
    started: list[Mqtt] = []

    def start(port: int, status: Status | None = None, **more: Any) -> Mqtt:
        options = {name: more.pop(name) for name in ("on_camera", "clock") if name in more}
        mqtt = Mqtt(
            MqttConfig(host="127.0.0.1", port=port, **more), DeviceConfig(), THRESHOLDS,
            options.pop("on_camera", switched.append), retry_seconds=(0.05, 0.2), random=lambda: 0.1, **options,
        )  # fmt: skip
        started.append(mqtt)
        mqtt.start()
        if status is not None:
            mqtt.publish(status, None, MOMENT)
        return mqtt

    yield start
    for mqtt in started:
        mqtt.close()


def until(condition: Callable[[], bool], what: str, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.01)


def ours(heard: list[Heard]) -> list[str]:
    """The topics that were said, in order."""
    return [h.topic.removeprefix(BASE + "/") for h in heard]


def test_on_connecting_come_discovery_the_present_and_last_online(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    start(broker.port, a_status("happy"))
    listener.wait_for(f"{BASE}/availability", "online")
    assert ours(listener.heard) == [CONFIG, "camera/state", "mood", "state", "attributes", "availability"]


def test_what_another_kind_of_discovery_left_is_removed_before_anything_is_announced(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    before = start(broker.port, a_status(), discovery="component")
    listener.wait_for(f"{BASE}/availability", "online")
    before.close()
    old = "homeassistant/sensor/moodcast/mood/config"
    assert old in retained(broker.port, "homeassistant/#")
    foreign = "homeassistant/light/moodcast/lamp/config"
    listener.say(foreign, "{}", retain=True)
    listener.forget()
    start(broker.port, a_status())
    listener.wait_for(f"{BASE}/availability", "online")
    topics = [heard.topic for heard in listener.heard]
    assert topics.index(old) < topics.index(CONFIG)
    assert set(retained(broker.port, "homeassistant/#")) == {CONFIG, foreign}


def test_what_is_to_last_is_retained_and_an_event_is_not(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    mqtt = start(broker.port, a_status("absent", playlist=None))
    listener.wait_for(f"{BASE}/availability", "online")
    mqtt.publish(a_status("happy"), a_change("happy", "absent"), MOMENT)
    mqtt.health(a_health())
    listener.wait_for(f"{BASE}/event")
    listener.wait_for(f"{BASE}/health")
    kept = retained(broker.port)
    assert set(kept) == {CONFIG, *(f"{BASE}/{name}" for name in ("camera/state", "mood", "state", "attributes",
                                                                 "availability"))}  # fmt: skip
    assert kept[f"{BASE}/mood"] == b"happy"


def test_a_change_is_one_event_and_the_state_is_there_before_it(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    mqtt = start(broker.port, a_status("absent"))
    listener.wait_for(f"{BASE}/availability", "online")
    listener.forget()
    mqtt.publish(a_status("sad"), a_change("sad", "absent"), MOMENT)
    for _ in range(20):
        mqtt.publish(a_status("sad"), None, MOMENT)
    event = listener.wait_for(f"{BASE}/event")
    assert event.json["mood"] == "sad" and event.json["at"].startswith("2026-01-31T18:04:05")
    mqtt.publish(a_status("happy"), a_change("happy", "sad"), MOMENT)
    listener.wait_for(f"{BASE}/event", count=2)
    once = ["mood", "state", "attributes", "event"]
    assert ours(listener.heard) == once + once


def test_half_a_character_in_a_name_stops_nothing(start: StartMqtt, broker: Mosquitto, listener: Listener) -> None:
    start(broker.port, a_status(playlist=Playlist("\ud83d broken", "spotify:x")))
    assert listener.wait_for(f"{BASE}/state").json["playlist"]["name"] == "? broken"


def test_confidence_alone_is_sent_only_every_ten_seconds(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    now = [1000.0]
    mqtt = start(broker.port, a_status(confidence=0.9), clock=lambda: now[0])
    listener.wait_for(f"{BASE}/availability", "online")
    for later, confidence in ((1.0, 0.8), (9.0, 0.7), (10.0, 0.6)):
        now[0] = 1000.0 + later
        mqtt.publish(a_status(confidence=confidence), None, MOMENT)
    listener.wait_for(f"{BASE}/state", count=2)
    assert [heard.json["confidence"] for heard in listener.heard if heard.topic == f"{BASE}/state"] == [0.9, 0.6]


def test_it_starts_without_a_broker_and_connects_when_there_is_one(start: StartMqtt, tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path / "late")
    mqtt = start(broker.port, a_status("sad"))
    until(lambda: mqtt.state.startswith("unreachable"), "unreachable")
    with broker:
        until(lambda: mqtt.state.startswith("connected"), "connected")
        with Listener(broker.port) as listener:
            assert listener.wait_for(f"{BASE}/mood").text == "sad"


def test_a_broker_that_forgot_everything_is_told_everything_again(start: StartMqtt, broker: Mosquitto) -> None:
    with Listener(broker.port) as listener:
        start(broker.port, a_status("happy"))
        listener.wait_for(f"{BASE}/availability", "online")
    broker.restart()
    with Listener(broker.port) as listener:
        listener.wait_for(f"{BASE}/availability", "online")
    assert {CONFIG, f"{BASE}/mood", f"{BASE}/availability"} <= set(retained(broker.port))


def test_changes_while_the_broker_was_away_are_not_replayed(start: StartMqtt, broker: Mosquitto) -> None:
    mqtt = start(broker.port, a_status("absent"))
    until(lambda: mqtt.state.startswith("connected"), "connected")
    broker.stop()
    until(lambda: not mqtt.state.startswith("connected"), "the loss noticed")
    for mood in ("happy", "sad", "angry"):
        mqtt.publish(a_status(mood), a_change(mood), MOMENT)
    assert mqtt.queue == 0
    broker.start()
    with Listener(broker.port) as listener:
        listener.wait_for(f"{BASE}/availability", "online")
        mqtt.publish(a_status("happy"), a_change("happy", "angry"), MOMENT)
        listener.wait_for(f"{BASE}/event")
        assert listener.texts(f"{BASE}/mood")[-2:] == ["angry", "happy"]
        assert len(listener.texts(f"{BASE}/event")) == 1


def test_a_network_that_died_is_noticed_and_never_holds_up_the_caller(start: StartMqtt, broker: Mosquitto) -> None:
    mqtt = start(broker.port, a_status("happy"), keepalive_seconds=1)
    until(lambda: mqtt.state.startswith("connected") and mqtt.queue == 0, "connected")
    broker.freeze(True)
    before = time.thread_time()
    for number in range(2000):
        mqtt.publish(a_status("sad" if number % 2 else "happy"), a_change(), MOMENT)
    mqtt.health(a_health())
    assert time.thread_time() - before < 5.0  # of work; a call that waited for the network would hang the test
    assert mqtt.queue <= 400
    until(lambda: not mqtt.state.startswith("connected"), "the loss noticed")
    broker.freeze(False)
    until(lambda: mqtt.state.startswith("connected"), "connected again")


def test_closing_says_offline_and_sends_no_will(start: StartMqtt, broker: Mosquitto, listener: Listener) -> None:
    mqtt = start(broker.port, a_status("happy"))
    listener.wait_for(f"{BASE}/availability", "online")
    mqtt.close()
    listener.wait_for(f"{BASE}/availability", "offline")
    assert mqtt.state == "closed"
    time.sleep(0.2)
    assert listener.texts(f"{BASE}/availability") == ["online", "offline"]


def test_closing_takes_a_bounded_time_when_the_broker_says_nothing(start: StartMqtt, broker: Mosquitto) -> None:
    mqtt = start(broker.port, a_status("happy"))
    until(lambda: mqtt.state.startswith("connected") and mqtt.queue == 0, "connected")
    broker.freeze(True)
    closing = threading.Thread(target=mqtt.close)
    closing.start()
    closing.join(20)
    assert not closing.is_alive()
    broker.freeze(False)


def test_a_killed_process_leaves_its_will(broker: Mosquitto, listener: Listener, root: Path) -> None:
    program = (
        "import sys, time; sys.path.insert(0, 'tests')\n"
        "from broker.samples import a_status\n"
        "from edge.config import DeviceConfig, MqttConfig\n"
        "from edge.outputs.mqtt import Mqtt\n"
        f"mqtt = Mqtt(MqttConfig(host='127.0.0.1', port={broker.port}), DeviceConfig(), {{}}, print)\n"
        "mqtt.start(); mqtt.publish(a_status(), None, 0.0); time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=root)
    try:
        listener.wait_for(f"{BASE}/availability", "online")
    finally:
        process.kill()
        process.wait()
    assert listener.wait_for(f"{BASE}/availability", "offline")
    assert retained(broker.port)[f"{BASE}/availability"] == b"offline"


def test_the_camera_is_switched_by_command_and_its_state_answers(
    start: StartMqtt, broker: Mosquitto, listener: Listener, switched: list[bool]
) -> None:
    mqtt = start(broker.port, a_status("happy"))
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
    start(broker.port, a_status("happy"))
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
    start(broker.port, a_status("happy"))
    until(lambda: "mosquitto_pub -r -n" in caplog.text, "the warning")
    assert switched == []


def test_a_retained_command_is_told_of_once_for_all_connections(
    start: StartMqtt, broker: Mosquitto, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    listener.say(f"{BASE}/camera/set", "OFF", retain=True)
    mqtt = start(broker.port, a_status("happy"), keepalive_seconds=1)
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

    mqtt = start(broker.port, a_status("happy"), on_camera=broken)
    listener.wait_for(f"{BASE}/availability", "online")
    listener.say(f"{BASE}/camera/set", "OFF")
    until(lambda: "no such camera" in caplog.text, "the log line")
    mqtt.publish(a_status("sad"), a_change("sad"), MOMENT)
    listener.wait_for(f"{BASE}/mood", "sad")
    assert listener.texts(f"{BASE}/availability") == ["online"]


def test_a_status_that_cannot_be_said_is_logged_once_and_does_not_raise(
    start: StartMqtt, broker: Mosquitto, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    mqtt = start(broker.port, a_status("happy"))
    listener.wait_for(f"{BASE}/availability", "online")
    for _ in range(3):
        mqtt.publish(a_status("sad", confidence=float("nan")), a_change("sad"), MOMENT)
    mqtt.publish(a_status("angry"), a_change("angry"), MOMENT)
    listener.wait_for(f"{BASE}/mood", "angry")
    assert len(re.findall("could not be said", caplog.text)) == 1


def test_home_assistant_s_birth_brings_everything_again(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    start(broker.port, a_status("happy"))
    listener.wait_for(f"{BASE}/availability", "online")
    listener.forget()
    listener.say("homeassistant/status", "online")
    listener.wait_for(f"{BASE}/availability", "online")
    assert ours(listener.heard)[1:] == [CONFIG, "camera/state", "mood", "state", "attributes", "availability"]


def test_a_fresh_heartbeat_is_sent_again_to_whom_comes_later(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    mqtt = start(broker.port, a_status("happy"))
    mqtt.health(a_health())
    listener.wait_for(f"{BASE}/health")
    listener.forget()
    listener.say("homeassistant/status", "online")
    assert listener.wait_for(f"{BASE}/health").json["fps"] == 9.5


def test_online_is_not_said_before_there_is_a_mood_to_tell(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    mqtt = start(broker.port)
    until(lambda: mqtt.state.startswith("connected"), "connected")
    listener.wait_for(CONFIG)
    time.sleep(0.2)
    assert listener.texts(f"{BASE}/availability") == []
    mqtt.publish(a_status("neutral"), None, MOMENT)
    listener.wait_for(f"{BASE}/availability", "online")


def test_another_device_of_the_same_id_is_suspected_in_the_log(
    start: StartMqtt, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    first = start(broker.port, a_status())
    until(lambda: first.state.startswith("connected"), "connected")
    start(broker.port, a_status())
    until(lambda: "another device has the device.id 'moodcast' too" in caplog.text, "the hint")


def test_a_broker_that_tells_of_the_other_device_is_left_alone_for_a_while(
    start: StartMqtt, caplog: pytest.LogCaptureFixture
) -> None:
    with Stubborn("taken over") as broker:
        mqtt = start(broker.port, a_status())
        until(lambda: mqtt.state.startswith("taken over"), "taken over")
        time.sleep(0.5)  # ten times as long as it waits after other failures here
        assert broker.levels == [5]
        mqtt.close()
    assert "session taken over" in caplog.text and "device.id" in caplog.text


def test_an_unreachable_broker_is_logged_once_not_at_every_attempt(
    start: StartMqtt, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    mqtt = start(port, a_status())
    until(lambda: mqtt.state.startswith("unreachable"), "unreachable")
    time.sleep(1.0)
    assert caplog.text.count(f"no broker at 127.0.0.1:{port}") == 1
    assert "mqtt.host" in caplog.text and "Traceback" not in caplog.text


@pytest.mark.parametrize("host", ["no-such-host.invalid", "bad host", "ä" * 70, "x" * 300])
def test_a_host_that_cannot_be_is_a_line_in_the_log(
    start: StartMqtt, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    mqtt = Mqtt(MqttConfig(host=host), DeviceConfig(), {}, lambda on: None, retry_seconds=(0.05, 0.2))
    mqtt.start()
    until(lambda: mqtt.state.startswith("unreachable"), "unreachable")
    mqtt.close()
    assert "mqtt.host" in caplog.text and "Traceback" not in caplog.text
