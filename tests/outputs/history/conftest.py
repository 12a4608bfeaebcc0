"""A history's clocks and its place."""

from pathlib import Path

import pytest

from tests.outputs.history.clocks import Clocks


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "history.db"
