"""SIGHUP, and what is changed on the page: the running daemon goes by another configuration."""

import json
import logging
import signal
import urllib.request
from pathlib import Path

import pytest
import yaml

from edge import config as configuration
from edge.config import Config
from edge.daemon.settings import Settings
from edge.errors import ConfigError
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


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "state" / "moodcast.settings.json"


def made(file: Path, kept: Path, seen: list[Config] | None = None) -> Settings:
    settings = Settings(configuration.load(file, {}), {}, kept)
    settings.follow(seen.append if seen is not None else id)
    return settings


def test_a_change_is_in_force_at_the_next_turn_and_after_a_restart_and_the_file_is_left_alone(
    file: Path, kept: Path
) -> None:
    seen: list[Config] = []
    before = file.read_text()
    settings = made(file, kept, seen)
    assert settings.change({"playlists.hold_minutes": 30, "mood.dwell_seconds": 2})
    assert not seen and settings.config.playlists.hold_minutes == 30.0
    assert settings.apply() == ("mood.dwell_seconds", "playlists.hold_minutes") and settings.apply() == ()
    assert [config.mood.dwell_seconds for config in seen] == [2.0]
    assert file.read_text() == before and kept.stat().st_mode & 0o077 == 0
    again = made(file, kept)
    assert again.config == settings.config and again.owners.playlists.hold_minutes == 10.0


def test_where_each_value_comes_from_is_told(file: Path, kept: Path) -> None:
    settings = Settings(
        configuration.load(file, {"MOODCAST_WEB_PORT": "99", "MOODCAST_WEB_PASSWORD": "guten tag mond"}),
        {"MOODCAST_WEB_PORT": "99", "MOODCAST_WEB_PASSWORD": "guten tag mond"},
        kept,
    )
    settings.change({"mood.lead": 0.2})
    found = settings.origins()
    assert (found["mood.dwell_seconds"], found["mood.lead"], found["pace.max_fps"]) == (
        "config.yaml",
        "live",
        "default",
    )
    assert found["web.port"] == found["web.password"] == "environment"
    assert settings.change({"mood.lead": None}) and settings.origins()["mood.lead"] == "default"
    assert settings.config.mood.lead == 0.1


def test_all_of_a_change_or_none_is_taken(file: Path, kept: Path) -> None:
    settings = made(file, kept)
    with pytest.raises(ConfigError, match=r"mood\.lead: found 7"):
        settings.change({"playlists.hold_minutes": 30, "mood.lead": 7})
    assert settings.config.playlists.hold_minutes == 10.0 and not kept.exists() and settings.apply() == ()


def test_a_change_that_cannot_be_written_down_is_none(file: Path, kept: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = made(file, kept)
    kept.parent.write_text("in the way of the folder")
    assert not settings.change({"mood.lead": 0.2})
    assert settings.config.mood.lead == 0.1 and settings.apply() == () and "cannot be written" in caplog.text


def test_what_a_later_file_does_not_admit_is_dropped_with_a_line_and_for_good(
    file: Path, kept: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = made(file, kept)
    settings.change({"mood.enter_share": 0.1, "mood.lead": 0.2})
    file.write_text("mood: {leave_share: 0.15}\n")
    settings.reload()
    assert settings.config.mood.enter_share == 0.2 and settings.config.mood.lead == 0.2
    (warning,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert (
        "of mood.enter_share" in warning
        and "is dropped" in warning
        and "must not be above mood.enter_share, which is 0.1" in warning
    )
    caplog.clear()
    assert made(file, kept).config.mood.lead == 0.2
    assert not [record for record in caplog.records if record.levelno == logging.WARNING]


def test_what_is_changed_here_stays_when_the_file_says_otherwise_and_the_log_says_so(
    file: Path, kept: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    settings = made(file, kept)
    settings.change({"mood.dwell_seconds": 3})
    settings.apply()
    file.write_text("mood: {dwell_seconds: 2}\nplaylists: {hold_minutes: 7}\n")
    settings.reload()
    assert (settings.config.mood.dwell_seconds, settings.config.playlists.hold_minutes) == (3.0, 7.0)
    assert "so what the file says of it waits: mood.dwell_seconds" in caplog.text
    settings.change({"mood.dwell_seconds": None})
    assert settings.config.mood.dwell_seconds == 2.0


@pytest.mark.parametrize("text", ["{", "[1]", "\x00", "[" * 100_000, '{"web.port": 1}', '{"mood.lead": null}'])
def test_a_kept_file_of_something_else_is_warned_of_and_passed_over(
    file: Path, kept: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    kept.parent.mkdir()
    kept.write_text(text)
    settings = made(file, kept)
    assert settings.config == settings.owners
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == (text[2:6] != "mood")
    assert settings.change({"mood.lead": 0.2}) and made(file, kept).config.mood.lead == 0.2


def test_a_change_on_the_page_is_applied_by_a_daemon_that_runs_and_outlives_it(
    tmp_path: Path, python_env: dict[str, str], free_port: int
) -> None:
    settings = {"mqtt": {"enabled": False}, "web": {"host": "127.0.0.1", "port": free_port}}
    page = f"http://127.0.0.1:{free_port}/api/settings"

    def send(body: bytes) -> object:
        with urllib.request.urlopen(urllib.request.Request(page, body), timeout=10) as answer:
            return json.load(answer)

    with Daemon(tmp_path / "daemon", python_env, settings, "--demo") as daemon:
        daemon.until(lambda: (daemon.json("/api/status") or {}).get("mood") not in (None, "absent"), "a mood")
        changes = daemon.log.count("mood: ")
        said = send(b'{"mood.lead": 0.3}')
        assert said == {"settings": {"mood.lead": {"value": 0.3, "from": "live", "changeable": True}}}
        daemon.until(lambda: "applied: mood.lead" in daemon.log, "the change")
        assert daemon.log.count("mood: ") == changes, "the mood is lost"
        daemon.kill()
        daemon.start()
        daemon.until(lambda: "changed here" in daemon.log, "the line at the start")
        found = daemon.until(lambda: daemon.json("/api/settings"), "the page")
        assert found["settings"]["mood.lead"]["value"] == 0.3
        assert send(b'{"mood.lead": null}') != said
        daemon.until(lambda: daemon.log.count("applied: mood.lead") == 2, "the way back")
        assert daemon.stop() == 0


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
