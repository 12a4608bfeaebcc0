"""The flow of docs/node-red.md in a real Node-RED; $MOODCAST_NODE_RED names its program, else this is skipped."""

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
from tests.broker.listener import Listener
from tests.broker.mosquitto import Mosquitto, free_port
from tests.broker.samples import HAPPY_HITS, MOMENT, a_change, a_status

PROGRAM = os.environ.get("MOODCAST_NODE_RED", "")
pytestmark = pytest.mark.skipif(not PROGRAM, reason="MOODCAST_NODE_RED names no node-red (npm install node-red)")


@pytest.fixture
def flow(root: Path) -> list[dict[str, Any]]:
    (block,) = re.findall(r"```json\n(.*?)```", (root / "docs" / "node-red.md").read_text(), re.DOTALL)
    found: list[dict[str, Any]] = json.loads(block)
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


def test_the_documented_flow_plays_shows_and_switches(node_red: NodeRed, broker: Mosquitto) -> None:
    switched: list[bool] = []
    mqtt = Mqtt(MqttConfig(host="127.0.0.1", port=broker.port), DeviceConfig(), {}, switched.append)
    with Listener(broker.port) as listener:
        try:
            mqtt.start()
            mqtt.publish(a_status("absent", playlist=None), None, MOMENT)
            listener.wait_for("moodcast/moodcast/availability", "online")
            mqtt.publish(a_status("happy"), a_change("happy"), MOMENT)
            assert listener.wait_for("home/living_room/play").text == HAPPY_HITS.url
            mqtt.publish(a_status("sad", playlist=None), a_change("sad", "happy", None), MOMENT)
            wait_for(node_red, "make tea")
            assert len(listener.texts("home/living_room/play")) == 1
            node_red.press("mc_off")
            listener.wait_for("moodcast/moodcast/camera/set", "OFF")
            node_red.press("mc_on")
            listener.wait_for("moodcast/moodcast/camera/set", "ON")
            deadline = time.monotonic() + 10
            while switched != [False, True]:
                assert time.monotonic() < deadline, switched
                time.sleep(0.05)
        finally:
            mqtt.close()
    assert "[error]" not in node_red.log and "[warn] Unknown" not in node_red.log
