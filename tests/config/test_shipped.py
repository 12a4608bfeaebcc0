"""The config.yaml that ships, the defaults, and which file is read."""

import re
from pathlib import Path

import pytest

from edge import config
from edge.config import Config, PlaylistsConfig
from edge.config.__main__ import config_yaml, table
from edge.config.options import walk
from edge.errors import ConfigError
from edge.records import LABELS
from tests.config.loading import ROOT, load


@pytest.mark.parametrize(("name", "made"), [("config.yaml", config_yaml()), ("docs/configuration.md", table())])
def test_what_is_made_from_the_options_is_of_now(name: str, made: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == made, "python -m edge.config makes it, with --table the table"


def test_the_shipped_config_yaml_says_the_defaults() -> None:
    assert config.load(ROOT / "config.yaml", {}) == Config()


def test_an_option_that_still_has_the_default_of_an_earlier_version_is_named_with_both(file: Path) -> None:
    (line,) = config.outdated(load(file, "mood: {absent_seconds: 2, dwell_seconds: 0.9}"))
    assert line.startswith("mood.absent_seconds: 2.0 was the default once, and now it is 60.0: take the line out of")
    for chosen in ("mood: {absent_seconds: 20}", "mood: {absent_seconds: 60.0}", "{}"):
        assert not [*config.outdated(load(file, chosen))]
    assert not [*config.outdated(Config())]


def test_no_default_of_today_is_an_earlier_one_too() -> None:
    assert not [key for key, option, value in walk(Config()) if value in option.former]


def test_the_default_playlists_are_spotifys_own_for_the_seven_moods() -> None:
    shipped = list(filter(None, PlaylistsConfig().by_mood.values()))
    urls = {playlist.url for lists in shipped for playlist in lists}
    assert [len(lists) for lists in shipped] == [2] * len(LABELS)
    assert len(urls) == 2 * len(LABELS)
    assert all(re.fullmatch(r"https://open\.spotify\.com/playlist/37i9dQZF1[A-Za-z0-9]{13}", url) for url in urls)


def test_without_any_file_the_defaults_hold(working_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "PLACES", (Path("config.yaml"), working_folder / "etc.yaml"))
    found = config.load(None, {})
    assert found == Config() and found.file is None


def test_the_named_file_comes_before_the_environments_and_that_before_the_folders_own(working_folder: Path) -> None:
    for name in ("named", "environment", "config"):
        Path(f"{name}.yaml").write_text(f"device: {{name: {name}}}", encoding="utf-8")
    environ = {"MOODCAST_CONFIG": "environment.yaml"}
    assert config.load(Path("named.yaml"), environ).device.name == "named"
    assert config.load(None, environ).device.name == "environment"
    found = config.load(None, {})
    assert (found.device.name, found.file) == ("config", Path("config.yaml"))


def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    for path, environ in ((tmp_path / "no.yaml", {}), (None, {"MOODCAST_CONFIG": str(tmp_path / "no.yaml")})):
        with pytest.raises(ConfigError, match=r"no\.yaml: no such file; give the right one with --config"):
            config.load(path, environ)
