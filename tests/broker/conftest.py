"""A broker, somebody who listens there, and the daemon's MQTT."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.config import MqttConfig
from edge.outputs.mqtt import Mqtt
from edge.status import Status
from tests.broker.client import DEVICE, StartMqtt
from tests.broker.listener import Listener
from tests.broker.mosquitto import Mosquitto
from tests.broker.samples import MOMENT, a_status

THRESHOLDS = {"enter_level": 0.5}
HAPPY = a_status("happy")


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

    def start(config: MqttConfig, status: Status | None = HAPPY, **more: Any) -> Mqtt:
        on_camera = more.pop("on_camera", switched.append)
        mqtt = Mqtt(
            config,
            more.pop("device", DEVICE),
            THRESHOLDS,
            on_camera,
            retry_seconds=(0.05, 0.2, 0.2),
            random=lambda: 0.1,
            **more,
        )
        started.append(mqtt)
        mqtt.start()
        if status is not None:
            mqtt.publish(status, None, MOMENT)
        return mqtt

    yield start
    for mqtt in started:
        mqtt.close()
