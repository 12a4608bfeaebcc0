"""What changes while the daemon runs: options set on the page, laid over the owner's file, and a file read again. Pure.

Only options declared as changeable are set on the page. They are checked as the file is."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.config.check import change
from edge.config.kinds import HOURS, PASSWORD
from edge.config.options import Option, put, walk
from edge.config.sections import Config
from edge.errors import ConfigError
from edge.records import Playlist

#: In the order of the file.
CHANGEABLE = tuple(key for key, option, _ in walk(Config()) if option.changeable)


def merge(before: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The changes in `before` and `values` together, by key; None in `values` removes a change. Raises ConfigError for
    an option that is not changeable."""
    for key in values:
        if key not in CHANGEABLE:
            shown = key[:60] if key.isprintable() else repr(key[:60])
            raise ConfigError(f"{shown}: cannot be changed here; these can: {', '.join(CHANGEABLE)}")
    return {key: value for key, value in {**before, **values}.items() if value is not None}


def lay_over(config: Config, values: Mapping[str, Any]) -> Config:
    """`config` with these values, by key and in the file's form: `{"playlists.hold_minutes": 30}`.

    Raises ConfigError with a line for every problem: the key, what was found, what is allowed.
    """
    found: dict[Hashable, Any] = {}
    for key, value in merge({}, values).items():
        section, _, name = key.rpartition(".")
        found.setdefault(section, {})[name] = value
    return change(config, found)


def admit(config: Config, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """(the values that `config` accepts; a line that says what is wrong with each other value).

    Refused values are tried again after each accepted one, because one option may limit another.
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
    """The value of an option as JSON, in the file's form; for a password only whether it is set."""
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


@dataclass(frozen=True, slots=True)
class Reload:
    """`config` is the present configuration with every change that needs no restart. `applied` and `restart` name the
    options that changed, in the order of the file."""

    config: Config
    applied: tuple[str, ...]
    restart: tuple[str, ...]


def compare(present: Config, read: Config) -> Reload:
    """What changes from `present` to `read`, the same file read again."""
    before = {key: value for key, _, value in walk(present)}
    changed = [(key, option.live, value) for key, option, value in walk(read) if value != before[key]]
    live = {key: value for key, is_live, value in changed if is_live}
    return Reload(put(present, live), tuple(live), tuple(key for key, is_live, _ in changed if not is_live))
