"""The config.yaml that ships, the defaults, and which file is read."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from edge import config
from edge.config import Config
from edge.config.playlists import DEFAULT_PLAYLISTS
from edge.config.rules import RULES
from edge.errors import ConfigError
from edge.records import LABELS, MOODS, UNKNOWN, Playlist
from tests.config.loading import ROOT


def keys(section: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """("mqtt.tls.enabled", default) for every option there is."""
    for field in fields(section):
        value = getattr(section, field.name)
        if is_dataclass(value):
            yield from keys(value, f"{prefix}{field.name}.")
        elif field.name == "hold_minutes":
            yield "playlists.hold_minutes", value
        elif prefix + field.name not in ("playlists", "file"):
            yield prefix + field.name, value


def test_the_shipped_config_yaml_lists_every_option_with_its_default() -> None:
    found = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    for key, default in keys(Config()):
        value = found
        for step in key.split("."):
            assert step in value, f"config.yaml lacks {key}"
            value = value[step]
        shown = list(default) if isinstance(default, tuple) else default
        assert value == shown, f"config.yaml says {key}: {value!r}, the default is {default!r}"
        assert type(value) is type(shown), f"config.yaml writes {key} as {value!r}, not as {default!r}"
    assert config.load(ROOT / "config.yaml", {}) == Config()


def test_every_option_stands_in_the_shipped_config_yaml_with_a_line_of_explanation_or_its_unit() -> None:
    plain = {"mqtt.enabled", "mqtt.tls.enabled", "web.enabled", "history.enabled", "mqtt.username"}
    plain |= {"mqtt.tls.key_file", "mqtt.discovery_prefix"}  # said by the line above
    section, lines = "", {}
    for line in (ROOT / "config.yaml").read_text(encoding="utf-8").splitlines():
        match = re.match(r"( *)([a-z_]+):(.*)", line)
        if match:
            depth, name, rest = len(match[1]) // 2, match[2], match[3]
            section = ".".join([*section.split(".")[:depth], name]) if depth else name
            lines[section] = rest
    for key, _ in keys(Config()):
        assert "#" in lines[key] or key in plain, f"config.yaml does not explain {key}"


def test_every_option_has_a_rule_and_every_rule_an_option() -> None:
    def ruled(rules: Any, prefix: str = "") -> Iterator[str]:
        for key, rule in rules.items():
            if isinstance(rule, dict):
                yield from ruled(rule, f"{prefix}{key}.")
            else:
                yield prefix + key

    moods = {f"playlists.{mood}" for mood in MOODS if mood != UNKNOWN}
    assert set(ruled(RULES)) == moods | {key for key, _ in keys(Config())}


def test_the_default_playlists_are_spotifys_own_for_the_seven_moods() -> None:
    assert set(DEFAULT_PLAYLISTS) == set(LABELS)
    assert DEFAULT_PLAYLISTS["happy"] == (
        Playlist("Happy Hits!", "https://open.spotify.com/playlist/37i9dQZF1DXdPec7aLTmlC"),
    )
    urls = {playlist.url for (playlist,) in DEFAULT_PLAYLISTS.values()}
    assert len(urls) == len(LABELS)
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
