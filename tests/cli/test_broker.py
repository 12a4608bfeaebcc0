"""The broker scripts/run puts in the place of one that is missing, where it cannot serve; tests/scripts run it."""

import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from edge.cli import broker


@pytest.mark.skipif(find_spec("amqtt") is None, reason="no amqtt (requirements-demo.txt)")
def test_a_port_in_use_is_told_in_one_line(free_port: int, python_env: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", free_port)):
        ended = subprocess.run(
            [sys.executable, "-m", "edge.cli.broker", "--port", str(free_port)],
            env=python_env, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"moodcast: no broker on port {free_port}: ")
    assert "already in use" in ended.stderr and ended.stderr.count("\n") == 1


def test_without_amqtt_it_says_what_to_install(
    free_port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "amqtt.broker", None)  # as where it is not installed
    assert broker.main(["--port", str(free_port)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"moodcast: no broker on port {free_port}: ")
    assert said.endswith("install requirements-demo.txt into the venv\n") and said.count("\n") == 1
