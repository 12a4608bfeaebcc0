"""SIGHUP: the running daemon reads its configuration again."""

import logging
import signal
from pathlib import Path

import pytest
import yaml

from edge import config as configuration
from edge.config import Config
from edge.daemon.settings import Settings
from tests.daemon.process import Daemon


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "config.yaml"
    file.write_text("mood: {dwell_seconds: 1}\n")
    return file


def test_what_changed_is_applied_once_and_said(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    seen: list[Config] = []
    settings = Settings(configuration.load(file, {}), {}, file.with_name("kept.json"))
    settings.follow(seen.append)
    file.write_text("mood: {dwell_seconds: 2}\nweb: {port: 99}\n")
    settings.reload()
    settings.reload()
    assert [config.mood.dwell_seconds for config in seen] == [2.0] and seen[0].web.port == 8080
    assert "applied: mood.dwell_seconds" in caplog.text and caplog.text.count("restart: web.port") == 2


@pytest.mark.parametrize("text", ["mood: {dwell_seconds: -1}", "mood: [", "", None])
def test_a_bad_file_leaves_everything_as_it_was_and_is_named(
    file: Path, caplog: pytest.LogCaptureFixture, text: str | None
) -> None:
    seen: list[Config] = []
    settings = Settings(configuration.load(file, {}), {}, file.with_name("kept.json"))
    settings.follow(seen.append)
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    settings.reload()
    assert not seen and settings.config.mood.dwell_seconds == 1.0
    assert str(file) in caplog.text and "stays in force" in caplog.text


def test_a_hangup_changes_the_thresholds_of_a_daemon_that_runs_and_goes_on(
    tmp_path: Path, python_env: dict[str, str], free_port: int
) -> None:
    settings = {"mqtt": {"enabled": False}, "web": {"host": "127.0.0.1", "port": free_port}}
    with Daemon(tmp_path / "daemon", python_env, settings, "--demo") as daemon:
        daemon.until(lambda: (daemon.json("/api/status") or {}).get("health"), "the page")
        config = tmp_path / "daemon" / "config.yaml"
        config.write_text("mood: [")
        assert daemon.process is not None
        daemon.process.send_signal(signal.SIGHUP)
        daemon.until(lambda: "stays in force" in daemon.log, "the line about the bad file")
        config.write_text(yaml.safe_dump({**settings, "pace": {"max_fps": 3.5}, "device": {"id": "hall"}}))
        daemon.process.send_signal(signal.SIGHUP)
        daemon.until(lambda: "applied: pace.max_fps" in daemon.log, "the change")
        assert "not applied until a restart: device.id" in daemon.log
        daemon.until(lambda: daemon.get("/healthz"), "its health")
        assert daemon.stop() == 0
