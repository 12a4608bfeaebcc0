"""The emulated cores, and what the programs are given on both sides."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.arm64.emulated import Emulated
from tests.arm64.stages import PORTRAITS
from tests.broker.mosquitto import Mosquitto
from tests.daemon.process import PORTRAIT, film

COMMAND = os.environ.get("MOODCAST_ARM64_COMMAND", "")


@pytest.fixture(scope="session", params=["cortex-a53", "cortex-a72", "cortex-a76"])
def emulated(request: pytest.FixtureRequest) -> Emulated:
    """A Zero 2 W's or a Pi 3's core, a Pi 4's, a Pi 5's."""
    if not COMMAND:
        pytest.skip("needs an emulated userland: scripts/test-arm64")
    return Emulated(json.loads(COMMAND), request.param)


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the portraits and smile.avi: six seconds of a smiling face, then six of an empty wall."""
    folder = tmp_path_factory.mktemp("material")
    for name in PORTRAITS:
        shutil.copy(PORTRAIT.with_name(name), folder)
    film(folder / "smile.avi", 6.0, 6.0)
    return folder


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "broker") as broker:
        yield broker
