"""The home, and a device behind a bridge, in a real Home Assistant: run by scripts/test-home-assistant."""

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.cli.home import Home
from edge.config import Config, DeviceConfig, MqttConfig
from edge.outputs.mqtt import Mqtt
from edge.status import Status
from tests.broker.client import at
from tests.broker.listener import Listener
from tests.broker.mosquitto import Mosquitto
from tests.broker.samples import MOMENT, a_change, a_status
from tests.home_assistant.assistant import Assistant

COMMAND = os.environ.get("MOODCAST_HOME_ASSISTANT", "")
pytestmark = pytest.mark.skipif(not COMMAND, reason="needs a Home Assistant: scripts/test-home-assistant")
RETRY = (0.1, 1.0, 1.0)


@pytest.fixture(scope="module")
def assistant(broker: Mosquitto, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    files = {"configuration.yaml": json.dumps({"homeassistant": {"name": "test"}})}
    log = tmp_path_factory.mktemp("assistant") / "log"
    with Assistant(json.loads(COMMAND), broker.port, files, Path(log)) as assistant:
        yield assistant


def room(config: MqttConfig, name: str, status: Status) -> Mqtt:
    mqtt = Mqtt(config, DeviceConfig(id=name, name=name.title()), {}, lambda on: None, retry_seconds=RETRY)
    mqtt.start()
    mqtt.publish(status, None, MOMENT)
    return mqtt


def test_the_home_is_a_device_of_its_own_that_follows_the_rooms(assistant: Assistant, broker: Mosquitto) -> None:
    kitchen, hall = (room(at(broker.port), name, a_status("happy")) for name in ("kitchen", "hall"))
    stop = threading.Event()
    home = Home(Config(mqtt=at(broker.port)), stop, retry_seconds=RETRY)
    thread = threading.Thread(target=home.run)
    thread.start()
    try:
        assistant.wait_for_state("sensor.home_mood", "happy")
        assistant.wait_for_state("sensor.home_rooms", "2")
        assistant.wait_for_state("sensor.home_faces", "2")
        assistant.wait_for_state("binary_sensor.home_presence", "on")
        assert assistant.state("sensor.kitchen_mood") == assistant.state("sensor.hall_mood") == "happy"
        assert assistant.ask("entities")["sensor.home_mood"]["device"] == "Home"
        for mqtt in (kitchen, hall):
            mqtt.publish(a_status("absent", faces=0), a_change("absent", "happy"), MOMENT)
        assistant.wait_for_state("sensor.home_mood", "absent")
        assistant.wait_for_state("binary_sensor.home_presence", "off")
        kitchen.close()
        assistant.wait_for_state("sensor.home_rooms", "1")
        rooms = assistant.ask("states")["sensor.home_rooms"]["attributes"]["rooms"]
        assert rooms == {"hall": "absent", "kitchen": "offline"}
        hall.close()
        assistant.wait_for_state("sensor.home_mood", "unknown")
        assistant.wait_for_state("sensor.home_faces", "unknown")
        assistant.wait_for_state("binary_sensor.home_presence", "unknown")
    finally:
        stop.set()
        thread.join(10)
        kitchen.close()
        hall.close()
    assistant.wait_for_state("sensor.home_mood", "unavailable")
    assert assistant.ask("warnings") == []


def test_a_device_behind_a_bridge_is_available_while_both_say_so(assistant: Assistant, broker: Mosquitto) -> None:
    cabin = room(at(broker.port, bridge_topic="bridge/cabin"), "cabin", a_status("sad"))
    try:
        with Listener(broker.port) as bridge:
            bridge.say("bridge/cabin", "1", retain=True)
            assistant.wait_for_state("sensor.cabin_mood", "sad")
            bridge.say("bridge/cabin", "0", retain=True)
            assistant.wait_for_state("sensor.cabin_mood", "unavailable")
            bridge.say("bridge/cabin", "1", retain=True)
            assistant.wait_for_state("sensor.cabin_mood", "sad")
    finally:
        cabin.close()
    assistant.wait_for_state("sensor.cabin_mood", "unavailable")
    assert assistant.ask("warnings") == []
