"""The flows of docs/node-red.md in a real Node-RED; $MOODCAST_NODE_RED names its program, else this is skipped."""

import contextlib
import json
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.mqtt import Mqtt
from edge.records import Playlist
from tests.broker.listener import Listener
from tests.broker.mosquitto import Mosquitto, free_port
from tests.broker.samples import HAPPY_HITS, MOMENT, a_change, a_status

PROGRAM = os.environ.get("MOODCAST_NODE_RED", "")
pytestmark = pytest.mark.skipif(not PROGRAM, reason="MOODCAST_NODE_RED names no node-red (npm install node-red)")


@pytest.fixture
def flow(root: Path, request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """That of one room, or, asked for by the parameter `every`, that of every room."""
    one, every = re.findall(r"```json\n(.*?)```", (root / "docs" / "node-red.md").read_text(), re.DOTALL)
    found: list[dict[str, Any]] = json.loads(every if getattr(request, "param", "") == "every" else one)
    return found


class NodeRed:
    """Its log, and its buttons."""

    def __init__(self, log: Path, port: int) -> None:
        self._log = log
        self._port = port

    @property
    def log(self) -> str:
        return self._log.read_text()

    def press(self, node: str) -> None:
        address = f"http://127.0.0.1:{self._port}/inject/{node}"
        urllib.request.urlopen(urllib.request.Request(address, method="POST"), timeout=10).close()


@pytest.fixture
def node_red(flow: list[dict[str, Any]], broker: Mosquitto, tmp_path: Path) -> Iterator[NodeRed]:
    for node in flow:
        if node["type"] == "mqtt-broker":
            node["port"] = str(broker.port)
    home = tmp_path / "node-red"
    home.mkdir()
    (home / "flows.json").write_text(json.dumps(flow))
    port = free_port()
    settings = {"flowFile": "flows.json", "uiHost": "127.0.0.1", "uiPort": port, "telemetry": {"enabled": False}}
    (home / "settings.js").write_text(f"module.exports = {json.dumps(settings)};")
    with (home / "log").open("w") as log:
        process = subprocess.Popen([PROGRAM, "--userDir", str(home)], stdout=log, stderr=log)
    running = NodeRed(home / "log", port)
    try:
        wait_for(running, "Connected to broker")
        yield running
    finally:
        process.terminate()
        process.wait(20)


def wait_for(node_red: NodeRed, text: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while text not in node_red.log:
        assert time.monotonic() < deadline, f"no {text!r} in Node-RED's log:\n{node_red.log[-3000:]}"
        time.sleep(0.1)


@pytest.fixture
def switched() -> list[bool]:
    return []


@pytest.fixture
def mqtt(broker: Mosquitto, switched: list[bool]) -> Iterator[Mqtt]:
    mqtt = Mqtt(MqttConfig(host="127.0.0.1", port=broker.port), DeviceConfig(), {}, switched.append)
    mqtt.start()
    yield mqtt
    mqtt.close()


RAIN = Playlist("Rain", "https://example.org/rain.m3u")


def test_music_follows_the_playlist_light_the_expression_and_tea_the_mood(
    node_red: NodeRed, broker: Mosquitto, mqtt: Mqtt
) -> None:
    with Listener(broker.port) as listener:
        mqtt.publish(a_status("absent", faces=0, playlist=None), None, MOMENT)
        listener.wait_for("moodcast/moodcast/availability", "online")
        mqtt.publish(a_status("happy", expression="surprise"), a_change("happy"), MOMENT)
        listener.wait_for("home/living_room/scene", "surprise")
        listener.wait_for("home/living_room/play", HAPPY_HITS.url)
        mqtt.publish(a_status("sad"), a_change("sad", "happy"), MOMENT)  # the playlist is held
        wait_for(node_red, "make tea")
        mqtt.publish(a_status("absent", faces=0, playlist=None), a_change("absent", "sad", None), MOMENT)
        listener.wait_for("moodcast/moodcast/mood", "absent", count=2)
        mqtt.publish(a_status("happy"), a_change("happy"), MOMENT)
        listener.wait_for("moodcast/moodcast/mood", "happy", count=2)
        mqtt.publish(a_status("happy", playlist=RAIN), None, MOMENT)  # somebody asked for another: no event
        listener.wait_for("home/living_room/play", RAIN.url)
        assert listener.texts("home/living_room/play") == [HAPPY_HITS.url, RAIN.url]
        assert "none" not in listener.texts("home/living_room/scene")
    assert "[error]" not in node_red.log and "[warn] Unknown" not in node_red.log


def test_nothing_begins_afresh_when_node_red_starts(
    mqtt: Mqtt, broker: Mosquitto, request: pytest.FixtureRequest
) -> None:
    with Listener(broker.port) as listener:
        mqtt.publish(a_status("happy"), None, MOMENT)
        listener.wait_for("moodcast/moodcast/availability", "online")
        request.getfixturevalue("node_red")
        listener.wait_for("home/living_room/scene", "happy")
        mqtt.publish(a_status("happy", playlist=RAIN), None, MOMENT)
        listener.wait_for("home/living_room/play", RAIN.url)
        assert listener.texts("home/living_room/play") == [RAIN.url]


@pytest.mark.parametrize("flow", ["every"], indirect=True)
def test_every_room_plays_what_fits_it_and_no_list_begins_afresh(node_red: NodeRed, broker: Mosquitto) -> None:
    rooms = ("kitchen", "living-room")
    with Listener(broker.port) as listener, contextlib.ExitStack() as until_the_end:

        def come(name: str) -> Mqtt:
            mqtt = Mqtt(MqttConfig(host="127.0.0.1", port=broker.port), DeviceConfig(id=name), {}, lambda _: None)
            mqtt.start()
            until_the_end.callback(mqtt.close)
            mqtt.publish(a_status("absent", faces=0, playlist=None), None, MOMENT)
            listener.wait_for(f"moodcast/{name}/availability", "online")
            return mqtt

        kitchen, living_room = map(come, rooms)
        kitchen.publish(a_status("happy"), None, MOMENT)
        listener.wait_for("home/kitchen/play", HAPPY_HITS.url)
        living_room.publish(a_status("happy"), None, MOMENT)
        listener.wait_for("home/living-room/play", HAPPY_HITS.url)
        kitchen.publish(a_status("absent", faces=0, playlist=None), None, MOMENT)
        listener.wait_for("moodcast/kitchen/mood", "absent", count=2)
        kitchen.publish(a_status("happy"), None, MOMENT)
        living_room.publish(a_status("happy", playlist=RAIN), None, MOMENT)
        listener.wait_for("home/living-room/play", RAIN.url)
        listener.wait_for("moodcast/kitchen/mood", "happy", count=2)
        kitchen.publish(a_status("sad", playlist=RAIN), None, MOMENT)
        listener.wait_for("home/kitchen/play", RAIN.url)
        for room in rooms:
            assert listener.texts(f"home/{room}/play") == [HAPPY_HITS.url, RAIN.url]
    assert "[error]" not in node_red.log and "[warn] Unknown" not in node_red.log


def test_the_buttons_switch_the_camera(node_red: NodeRed, broker: Mosquitto, mqtt: Mqtt, switched: list[bool]) -> None:
    with Listener(broker.port) as listener:
        mqtt.publish(a_status("absent", faces=0, playlist=None), None, MOMENT)
        listener.wait_for("moodcast/moodcast/availability", "online")
        node_red.press("mc_off")
        listener.wait_for("moodcast/moodcast/camera/set", "OFF")
        node_red.press("mc_on")
        listener.wait_for("moodcast/moodcast/camera/set", "ON")
        deadline = time.monotonic() + 10
        while switched != [False, True]:
            assert time.monotonic() < deadline, switched
            time.sleep(0.05)
