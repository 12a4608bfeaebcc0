"""What the tests of the daemon's MQTT have in common."""

import time
from collections.abc import Callable
from typing import Any

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.mqtt import Mqtt

DEVICE = DeviceConfig()
BASE = "moodcast/moodcast"
DISCOVERY = "homeassistant/device/moodcast/config"
#: The fixture `start`: a configuration, a first status or None, `on_camera`, `clock`.
StartMqtt = Callable[..., Mqtt]


def at(port: int, host: str = "127.0.0.1", **more: Any) -> MqttConfig:
    """The configuration for a broker there."""
    return MqttConfig(host=host, port=port, **more)


def until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.01)
