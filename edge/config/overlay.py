"""What is changed while the daemon runs, laid over the owner's file: the values of the options that are declared as
changeable, checked as the file's own are. Pure."""

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

from edge.config.check import change
from edge.config.kinds import HOURS, PASSWORD
from edge.config.options import Option, walk
from edge.config.sections import Config
from edge.errors import ConfigError
from edge.records import Playlist

#: In the order of the file.
CHANGEABLE = tuple(key for key, option, _ in walk(Config()) if option.changeable)


def merge(before: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """What is changed, by key, once `values` are changed too; None there goes back to the file. Raises ConfigError for
    an option that cannot be changed here."""
    for key in values:
        if key not in CHANGEABLE:
            shown = key[:60] if key.isprintable() else repr(key[:60])
            raise ConfigError(f"{shown}: cannot be changed here; these can: {', '.join(CHANGEABLE)}")
    return {key: value for key, value in {**before, **values}.items() if value is not None}


def lay_over(config: Config, values: Mapping[str, Any]) -> Config:
    """`config` with other values, given by their keys as the file would have them: `{"playlists.hold_minutes": 30}`.

    Raises ConfigError with a line for every problem: the key, what was found, what is allowed.
    """
    found: dict[Hashable, Any] = {}
    for key, value in merge({}, values).items():
        section, _, name = key.rpartition(".")
        found.setdefault(section, {})[name] = value
    return change(config, found)


def admit(config: Config, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """(those of the values that go together with `config`; of each other what is wrong with it, in a line).

    What must not be above another option may have to wait for that one, so what was refused is tried again.
    """
    kept: dict[str, Any] = {}
    left, lines = dict(values), dict[str, str]()
    tried = True
    while tried:
        tried = False
        for key in list(left):
            try:
                lay_over(config, kept | {key: left[key]})
            except ConfigError as error:
                lines[key] = error.problems[0]
            else:
                kept[key] = left.pop(key)
                tried = True
    return kept, {key: lines[key] for key in left}


def plain(option: Option, value: Any) -> Any:
    """The value of an option as JSON, in the form that the file has it in; of a password only that it is set."""
    if option.kind is PASSWORD:
        return None if value is None else "set"
    if option.kind is HOURS:
        return [f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in value]
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Playlist):
        return value.to_json()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, Path) else value
