"""scripts/pi-report on a demo that runs."""

from pathlib import Path

import pytest

from tests.daemon.process import Daemon, settings
from tests.scripts.outcome import ROOT, VENV, outcome

#: As an owner might have it; nothing of it may be told. None is a word that the report has anyway.
SECRETS = {"MOODCAST_MQTT_PASSWORD": "env-swordfish", "MOODCAST_CAMERA_PASSWORD": "env-hunter2"}
PRIVATE = {
    "device": {"id": "annas-attic", "name": "Anna's den", "area": "Annas room"},
    "camera": {"source": "rtsp://annika@cam7.example/stream"},
    "playlists": {"happy": {"name": "Secret songs", "url": "library://playlist/77"}},
}


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A `journalctl` that tells the configuration and the environment, each line as a warning, for PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "journalctl"
    program.write_text(
        f"#!/bin/sh\n{{ cat '{tmp_path}/room/config.yaml'; env | grep MOODCAST_; }} | sed 's/^/WARNING /'\n"
    )
    program.chmod(0o755)
    return folder


def test_it_tells_the_figures_and_nothing_of_its_owner(
    python_env: dict[str, str], free_port: int, tmp_path: Path, journal: Path
) -> None:
    env = python_env | SECRETS
    private = settings(1, free_port, **PRIVATE)
    private["mqtt"] |= {"username": "annas-mqtt", "base_topic": "annas-base"}
    private["web"] |= {"password": "page-opensesame", "open": "everything"}
    with Daemon(tmp_path / "room", env, private, "--demo") as daemon:
        daemon.until(lambda: daemon.json("/api/status"), "a status")
        daemon.until(lambda: b"moodcast_cpu_ratio" in (daemon.get("/metrics") or b""), "a heartbeat")
        command = (str(ROOT / "scripts" / "pi-report"), "--config", str(tmp_path / "room" / "config.yaml"))
        env |= {"MOODCAST_VENV": str(VENV), "PATH": f"{journal}:{env['PATH']}"}
        status, said = outcome(*command, "--minutes", "0.05", folder=tmp_path, **env)
    assert status == 0, said
    for part in ("| board |", "| Python |", "| frames looked at a second |", "| resident memory |",
                 "| camera | ok, 640×480 px |", "- ok: model: ", "`mqtt.username`", "WARNING"):  # fmt: skip
        assert part in said, said
    private_words = (*SECRETS.values(), "annas-attic", "Anna", "annas", "annika", "cam7", "Secret songs", "playlist/77",
                     "page-opensesame")  # fmt: skip
    assert not [word for word in private_words if word in said], said


def test_without_a_moodcast_that_runs_it_is_one_line(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("# nothing\n")
    status, said = outcome(
        str(ROOT / "scripts" / "pi-report"), "--config", str(tmp_path / "empty.yaml"), folder=tmp_path, **environ
    )
    assert status == 2 and "no Moodcast answers on port" in said.splitlines()[-1] and "Traceback" not in said


def test_a_page_that_wants_its_password_is_asked_with_a_token(
    python_env: dict[str, str], free_port: int, tmp_path: Path
) -> None:
    closed = settings(1, free_port, mqtt={"enabled": False})
    closed["web"] |= {"password": "page-opensesame"}
    with Daemon(tmp_path / "room", python_env, closed, "--demo") as daemon:
        daemon.until(lambda: daemon.json("/api/status"), "a status")
        command = [
            str(ROOT / "scripts" / "pi-report"),
            "--config",
            str(tmp_path / "room" / "config.yaml"),
            "--minutes",
            "0.01",
        ]
        env = python_env | {"MOODCAST_VENV": str(VENV)}
        status, said = outcome(*command, folder=tmp_path, **env)
        assert status == 2 and "--token FILE" in said
        token = daemon.post("/api/login", b'{"password": "page-opensesame"}')[1]["token"]
        (tmp_path / "token").write_text(token + "\n")
        status, said = outcome(*command, "--token", str(tmp_path / "token"), folder=tmp_path, **env)
        assert status == 0 and "### While it ran" in said and token not in said
