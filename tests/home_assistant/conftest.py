"""What the tests in a Home Assistant share."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.outputs.mqtt import Mqtt
from tests.broker.mosquitto import Mosquitto
from tests.home_assistant.assistant import Assistant
from tests.home_assistant.device import (
    COMMAND,
    documented_configuration,
    start,
)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture(scope="module")
def assistant(broker: Mosquitto, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    log = tmp_path_factory.mktemp("assistant") / "log"
    with Assistant(json.loads(COMMAND), broker.port, documented_configuration(root), log) as assistant:
        yield assistant


@pytest.fixture
def switched() -> list[bool]:
    return []


@pytest.fixture
def mqtt(broker: Mosquitto, switched: list[bool]) -> Iterator[Mqtt]:
    mqtt = start(broker, switched)
    yield mqtt
    mqtt.close()
