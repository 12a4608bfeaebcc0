"""What the tests share. Everything a test must have is made by it or ships in the repository; `shared` is extra."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Recordings and photos beside the repository ($MOODCAST_SHARED); where there are none the test is skipped."""
    folder = Path(os.environ.get("MOODCAST_SHARED") or ROOT.parent / "shared")
    if not (folder / "media").is_dir():
        pytest.skip(f"no recordings in {folder}; MOODCAST_SHARED names another folder")
    return folder


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine is in Berlin."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The model to test with: $MOODCAST_MODEL, else the one that ships."""
    named = os.environ.get("MOODCAST_MODEL")
    path = Path(named) if named else ROOT / "edge" / "models" / "expression.tflite"
    if not path.is_file() or not path.with_suffix(".json").is_file():
        pytest.fail(f"no model: {path} and its .json are not both there")
    return path


@pytest.fixture
def free_port() -> int:
    """A TCP port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def python_env(tmp_path: Path) -> dict[str, str]:
    """An environment for `python -m edge …` in a process of its own: this repository, no configuration or state of
    whoever runs the tests, and every warning shown."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MOODCAST_", "PYTHON", "MQTT_"))}
    for name in ("CREDENTIALS_DIRECTORY", "STATE_DIRECTORY", "NOTIFY_SOCKET", "WATCHDOG_USEC"):
        kept.pop(name, None)
    if "MOODCAST_MODEL" in os.environ:
        kept["MOODCAST_MODEL"] = os.environ["MOODCAST_MODEL"]
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "HOME": str(tmp_path)}


@pytest.fixture
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder, and the test runs in it."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    yield folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
