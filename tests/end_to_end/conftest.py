"""A broker for the daemon."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.mosquitto import Mosquitto


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "mosquitto") as broker:
        yield broker
