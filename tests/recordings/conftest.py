"""Composed recordings: the model, the faces, and what a device makes of a scenario."""

from pathlib import Path

import pytest

from edge.vision.model import Model, load_model
from tests.recordings.material import Material


@pytest.fixture(scope="session")
def model(model_path: Path) -> Model:
    return load_model(model_path, 1)


@pytest.fixture(scope="session")
def material(shared: Path) -> Material:
    return Material(shared)
