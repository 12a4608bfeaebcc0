"""The scripts in a copy of the repository."""

import shutil
from pathlib import Path

import pytest

from tests.scripts.outcome import ROOT, VENV


@pytest.fixture
def environ(python_env: dict[str, str], free_port: int) -> dict[str, str]:
    del python_env["PYTHONPATH"]  # a script finds its own repository
    page = {"MOODCAST_WEB_HOST": "127.0.0.1", "MOODCAST_WEB_PORT": str(free_port)}
    return python_env | page | {"MOODCAST_VENV": str(VENV)}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository as a clone has it, under a name with a space."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    for name in ("edge", "requirements", "scripts", "systemd"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("config.yaml", "requirements-edge.txt", "requirements-demo.txt", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    return folder
