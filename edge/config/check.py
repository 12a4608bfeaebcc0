"""Checks what was read against the declared options; reports all problems at once, one line each."""

import difflib
import json
import logging
import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge.config.file import read_bytes
from edge.config.kinds import PASSWORD, PLAYLISTS, hide_user
from edge.config.options import Option, Wrong, members, put, walk
from edge.config.sections import Config, PlaylistEntry, contradictions
from edge.errors import ConfigError
from edge.password import problem
from edge.records import Playlist

log = logging.getLogger(__name__)

#: Options of earlier versions that have no effect any more, and why; the log names them.
RETIRED: Mapping[str, str] = {
    "mood.changes_per_hour": "the mood is what the last minutes were like, and does not flap",
}
_MAX_SECRET_BYTES = 4096
#: More are only counted: nobody reads them, and a suggestion for each takes long.
_MOST_PROBLEMS = 50


def apply(found: Mapping[Hashable, Any], defaults: Config, environ: Mapping[str, str]) -> Config:
    """`defaults` with the values of their file and of the environment. Raises ConfigError, a line for each problem."""
    name = defaults.file or "configuration"
    reader = _Reader(defaults.file)
    config: Config = reader.section(defaults, found, "")
    lines = [f"{name}: {line}" for line in reader.lines()]
    if reader.more:
        lines.append(f"{name}: and {reader.more} more such problems: is this Moodcast's configuration?")
    values, wrong = _from_outside(config, environ)
    config, lines = put(config, values), lines + wrong
    if config.web.password is not None and (text := problem(config.web.password)):
        lines.append(f"the page's password (web.password_file, web.password or $MOODCAST_WEB_PASSWORD) {text}")
    lines += [f"{name}: {line}" for line in reader.clashes(config)]
    if lines:
        raise ConfigError(lines)
    return config


def change(config: Config, found: Mapping[Hashable, Any]) -> Config:
    """`config`, already checked, with the values of `found`, in the file's form. Raises ConfigError."""
    reader = _Reader(config.file)
    new: Config = reader.section(config, found, "")
    lines = [*reader.lines(), *reader.clashes(new)]
    if lines:
        raise ConfigError(lines)
    return new


class _Reader:
    """Applies the values of a file to the defaults and collects the problems, by key."""

    def __init__(self, file: Path | None) -> None:
        self._file, self._folder = file, file.parent if file else Path()
        self.problems: list[tuple[str, str]] = []
        self.more = 0

    def lines(self) -> list[str]:
        """The problems: the key, what was found, what is allowed."""
        return [f"{_printable(key)}: {text}" for key, text in self.problems]

    def clashes(self, config: Config) -> list[str]:
        """Options of `config` that contradict each other; those with a problem of their own are left out."""
        unusable = {key for key, _ in self.problems}
        found = () if self.more else (*_out_of_order(config), *contradictions(config))
        return [f"{keys[0]}: {text}" for keys, text in found if unusable.isdisjoint(keys)]

    def _add_problem(self, key: str, format_text: Callable[..., str], *values: Any) -> None:
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append((key, format_text(*values)))
        else:
            self.more += 1

    def section(self, default: Any, found: Mapping[Any, Any], path: str) -> Any:
        known: Mapping[Any, Any] = members(default)
        values: dict[str, Any] = {}
        for name, value in found.items():
            key, part = _below(path, name), known.get(name)
            if isinstance(part, Option):
                try:
                    values[name] = self._value(part, value, key)
                except Wrong as wrong:
                    shown = "something that is not shown" if part.kind is PASSWORD else _shown(value)
                    self._add_problem(key, "found {}, {}".format, shown, wrong)
            elif key in RETIRED:
                log.warning("%s: %s does nothing any more: %s; take it out", self._file, key, RETIRED[key])
            elif part is None:
                self._add_problem(key, _unknown, name, list(known))
            elif isinstance(value, dict):
                values[name] = self.section(part, value, key)
            elif value is not None:  # null: a section whose options are all commented out
                text = "found {}, must be a section with options such as {} below it"
                self._add_problem(key, text.format, _shown(value), ", ".join([*members(part)][:3]))
        return replace(default, **values)

    def _value(self, option: Option, value: Any, key: str) -> Any:
        taken = option.kind.convert(self._folder, value)
        if option.kind is not PLAYLISTS:
            return taken
        if isinstance(value, list):
            return tuple(self._playlist(entry, f"{key}[{place}]") for place, entry in enumerate(value))
        return () if value is None else (self._playlist(value, key),)

    def _playlist(self, found: Mapping[Any, Any], path: str) -> Playlist:
        entry = self.section(PlaylistEntry(), found, path)
        for name in members(entry):
            if name not in found:
                self._add_problem(f"{path}.{name}", str, "is missing")
        return Playlist(entry.name, entry.url)


def _unknown(name: Hashable, known: list[str]) -> str:
    near = difflib.get_close_matches(str(name), known, n=1)
    if near:
        return f"unknown option; did you mean {near[0]}?"
    elsewhere = [
        key.rpartition(".")[0] for key, _, _ in walk(Config()) if key.count(".") == 1 and key.endswith(f".{name}")
    ]
    if elsewhere:
        return f"unknown option here; it belongs to the section {' or '.join(elsewhere)}"
    return f"unknown option; known here: {', '.join(known)}"


def _below(path: str, name: Hashable) -> str:
    """The key of `name` in the section `path`."""
    shown = str(name) if len(str(name)) <= 60 else str(name)[:59] + "…"
    if path and isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{shown}" if path else shown


def _printable(text: str) -> str:
    return text if text.isprintable() else json.dumps(text)


def _shown(value: Any) -> str:
    """What was found, short, on one line, without the password of a URL."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a section"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        text = hide_user(value)
        return json.dumps(text if len(text) <= 60 else text[:59] + "…", ensure_ascii=not text.isprintable())
    return json.dumps(value)


def _out_of_order(config: Config) -> Iterator[tuple[tuple[str, str], str]]:
    """Options above their `at_most`: ((the keys), what must hold)."""
    values = {key: value for key, _, value in walk(config)}
    for key, option, value in walk(config):
        upper = f"{key.rpartition('.')[0]}.{option.at_most}"
        if option.at_most and value > values[upper]:
            yield (key, upper), f"must not be above {upper}, which is {values[upper]:g}"


def _from_outside(config: Config, environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """(the values of the environment, credentials and password files, by key; a line for each problem)."""
    values: dict[str, Any] = {}
    lines = []
    for key, option, present in walk(config):
        try:
            secret = option.kind is PASSWORD
            value = _secret(key, config, environ) if secret else _variable(option, present, environ)
        except Wrong as wrong:
            lines.append(str(wrong))
        else:
            values |= {} if value is None else {key: value}
    return values, lines


def _variable(option: Option, present: Any, environ: Mapping[str, str]) -> Any:
    """The option's value in the environment, or None. Raises Wrong with the whole line."""
    text = environ.get(option.environment)
    if not text:
        return None
    try:
        number = isinstance(present, int) and re.fullmatch("[0-9]{1,9}", text)
        return option.kind.convert(Path.cwd(), int(text) if number else text)
    except Wrong as wrong:
        raise Wrong(f"{option.environment}: found {_shown(text)}, {wrong}") from None


def _secret(key: str, config: Config, environ: Mapping[str, str]) -> str | None:
    """The password for `key` from outside the configuration: environment, systemd credential or password file; None
    where none has one. Raises Wrong with the whole line."""
    section = key.partition(".")[0]
    variable, name = f"MOODCAST_{section.upper()}_PASSWORD", f"{section}-password"
    if variable in environ:
        return environ[variable] or None
    source, file = f"{config.file}: {section}.password_file", getattr(config, section).password_file
    credential = Path(environ["CREDENTIALS_DIRECTORY"], name) if "CREDENTIALS_DIRECTORY" in environ else None
    if credential and credential.exists():
        source, file = f"systemd credential {name}", credential
    if file is None:
        return None
    try:
        raw = read_bytes(file, _MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise Wrong(f"{source}: {file} cannot be read: {error.strerror or error}") from error
    if len(raw) > _MAX_SECRET_BYTES:
        raise Wrong(f"{source}: {file} is larger than {_MAX_SECRET_BYTES} bytes: not a password")
    try:
        password = raw.decode("utf-8-sig").rstrip("\r\n")  # Windows editors add a byte order mark
    except UnicodeDecodeError:
        raise Wrong(f"{source}: {file} is not UTF-8 text") from None  # the original message would show the bytes
    if not password:
        raise Wrong(f"{source}: {file} is empty: write the password into it, or take the option away")
    return password
