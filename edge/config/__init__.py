"""config.yaml as frozen sections: where it is found and how it is read."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from edge.config import check, file
from edge.config.options import walk
from edge.config.sections import CameraConfig as CameraConfig
from edge.config.sections import Config as Config
from edge.config.sections import DeviceConfig as DeviceConfig
from edge.config.sections import FacesConfig as FacesConfig
from edge.config.sections import HistoryConfig as HistoryConfig
from edge.config.sections import HomeConfig as HomeConfig
from edge.config.sections import ModelConfig as ModelConfig
from edge.config.sections import MoodConfig as MoodConfig
from edge.config.sections import MqttConfig as MqttConfig
from edge.config.sections import PaceConfig as PaceConfig
from edge.config.sections import PlayerConfig as PlayerConfig
from edge.config.sections import PlaylistsConfig as PlaylistsConfig
from edge.config.sections import TlsConfig as TlsConfig
from edge.config.sections import WebConfig as WebConfig

#: Where the configuration is looked for, in this order, when no file is named.
PLACES = (Path("config.yaml"), Path("/etc/moodcast/config.yaml"))


def find(environ: Mapping[str, str]) -> Path | None:
    """The configuration to read when the command line names none: $MOODCAST_CONFIG, ./config.yaml,
    /etc/moodcast/config.yaml; None when there is none of them."""
    named = environ.get("MOODCAST_CONFIG")
    if named:
        return Path(named)
    return next((place for place in PLACES if place.exists()), None)


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """The configuration in `path`, else in the file that `find` gives, else the defaults.

    Relative paths in it start from its own folder. Five options may also come from the environment, which wins:
    MOODCAST_MQTT_HOST, MOODCAST_MQTT_PORT, MOODCAST_WEB_HOST, MOODCAST_WEB_PORT, MOODCAST_MODEL.
    The broker's password comes from the first of: MOODCAST_MQTT_PASSWORD, the systemd credential `mqtt-password`
    ($CREDENTIALS_DIRECTORY), mqtt.password_file, mqtt.password; the page's, or its hash, in the same way from
    MOODCAST_WEB_PASSWORD, `web-password` or web.password_file; that of a network camera whose address names a user only
    from MOODCAST_CAMERA_PASSWORD, `camera-password` or camera.password_file; MPD's from MOODCAST_PLAYER_PASSWORD,
    `player-password` or player.password_file.
    Raises ConfigError with every problem, one line each: file, key, what was found, what is allowed.
    """
    path = path or find(environ)
    found = file.read(path) if path else {}
    return check.apply(found, Config(file=path), environ)


def given(path: Path | None) -> frozenset[str]:
    """The keys of the options in this file. Raises ConfigError where it cannot be read."""
    found = file.read(path) if path else {}
    return frozenset(key for key, _, _ in walk(Config()) if _stands_in(found, key.split(".")))


def outdated(config: Config) -> Iterator[str]:
    """A line for each option of the configuration's file that still says what was the default in an earlier version."""
    today = {key: value for key, _, value in walk(Config())}
    in_file = given(config.file)
    for key, option, value in walk(config):
        if key in in_file and value in option.former:
            was = f"{value} was the default once, and now it is {today[key]}"
            yield f"{key}: {was}: take the line out of {config.file}, or leave it if you chose it"


def _stands_in(found: Any, names: Sequence[str]) -> bool:
    for name in names:
        if not isinstance(found, dict) or name not in found:
            return False
        found = found[name]
    return True
