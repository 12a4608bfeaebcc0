"""Holds what was read against the rules: every problem at once, each one line that the owner can act upon."""

import difflib
import json
import logging
import os
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from voluptuous import Invalid, MultipleInvalid, Optional, Schema

from edge.config.file import read_bytes
from edge.config.rules import PLAYLIST, RULES, contradictions
from edge.config.sections import Config
from edge.errors import ConfigError
from edge.password import problem

log = logging.getLogger(__name__)

#: Options the environment may set.
ENVIRONMENT: Mapping[str, tuple[str, str]] = {
    "MOODCAST_MQTT_HOST": ("mqtt", "host"),
    "MOODCAST_MQTT_PORT": ("mqtt", "port"),
    "MOODCAST_WEB_HOST": ("web", "host"),
    "MOODCAST_WEB_PORT": ("web", "port"),
    "MOODCAST_MODEL": ("model", "path"),
}
#: Options of earlier versions that do nothing any more, and why; they are named in a line and passed over.
RETIRED: Mapping[tuple[str, str], str] = {
    ("mood", "changes_per_hour"): "the mood is what the last minutes were like, and does not flap",
}
_MAX_SECRET_BYTES = 4096
#: More are counted only: nobody reads them, and some take long to find words for.
_MOST_PROBLEMS = 50


def checked(found: Mapping[Hashable, Any], defaults: Config, environ: Mapping[str, str]) -> Config:
    """`defaults` with what was found in their `file`, and the environment, put over them.

    Raises ConfigError with a line for every problem.
    """
    folder = defaults.file.parent if defaults.file else Path()
    found, retired = _without_retired(found)
    for line in retired:
        log.warning("%s: %s", defaults.file, line)
    values, problems = _by_rules(dict(found))
    lines = [f"{defaults.file}: {_dotted(path)}: {text}" if path else f"{defaults.file}: {text}"
             for path, text in problems]  # fmt: skip
    unusable = {_dotted(path) for path, _ in problems}
    lines += _from_environment(values, environ)
    _start_paths_from(folder, values)
    moods = values.pop("playlists", {})
    if "hold_minutes" in moods:
        values["hold_minutes"] = moods.pop("hold_minutes")
    playlists = {mood: chosen for mood, chosen in {**defaults.playlists, **moods}.items() if chosen}
    config: Config = replace(_put_over(defaults, values), playlists=playlists)
    try:
        config = replace(
            config, camera=replace(config.camera, password=_secret("camera", config, environ) or config.camera.password)
        )
    except Invalid as error:
        lines.append(error.msg)
    try:
        password = _secret("mqtt", config, environ)
    except Invalid as error:
        lines.append(error.msg)
    else:
        if password is not None:
            config = replace(config, mqtt=replace(config.mqtt, password=password))
    try:
        password = _secret("web", config, environ) or config.web.password
        if password is not None and (wrong := problem(password)):
            raise Invalid(f"the page's password (web.password_file, web.password or $MOODCAST_WEB_PASSWORD) {wrong}")
        config = replace(config, web=replace(config.web, password=password))
    except Invalid as error:
        lines.append(error.msg)
    for keys, text in contradictions(_flat(config)) if len(problems) <= _MOST_PROBLEMS else ():
        if unusable.isdisjoint(keys):
            lines.append(f"{defaults.file or 'configuration'}: {keys[0]}: {text}")
    if lines:
        raise ConfigError(lines)
    return config


def _without_retired(found: Mapping[Hashable, Any]) -> tuple[dict[Hashable, Any], list[str]]:
    """What was found without the retired options; a line for each of them."""
    kept, lines = dict(found), []
    for (section, key), why in RETIRED.items():
        options = kept.get(section)
        if isinstance(options, Mapping) and key in options:
            kept[section] = {name: value for name, value in options.items() if name != key}
            lines.append(f"{section}.{key} does nothing any more: {why}; take it out")
    return kept, lines


def _by_rules(found: dict[Hashable, Any]) -> tuple[dict[str, Any], list[tuple[list[Hashable], str]]]:
    """(the values that are right, nested as they were found; the problems as (path of keys, what is wrong))."""
    schema = _schema(RULES)
    found = _without_empty_sections(found, RULES)
    try:
        return schema(found), []
    except MultipleInvalid as invalid:
        errors = invalid.errors
    problems = [(error.path, _problem(error, found)) for error in errors[:_MOST_PROBLEMS]]
    if more := errors[_MOST_PROBLEMS:]:
        return {}, [*problems, ([], f"and {len(more)} more such problems: is this Moodcast's configuration?")]
    for error in errors:
        # A wrong playlist takes its whole mood with it: what is left must hold by itself.
        found = _without(found, error.path[:2] if error.path[0] == "playlists" else error.path)
    return schema(found), problems


def _without_empty_sections(found: dict[Hashable, Any], rules: Mapping[str, Any]) -> dict[Hashable, Any]:
    """A section whose options are all commented out reads as null: that is the section left out."""
    kept: dict[Hashable, Any] = {}
    for key, value in found.items():
        rule = rules.get(key) if isinstance(key, str) else None
        if isinstance(rule, Mapping) and isinstance(value, dict):
            kept[key] = _without_empty_sections(value, rule)
        elif not isinstance(rule, Mapping) or value is not None:
            kept[key] = value
    return kept


def _schema(rules: Mapping[str, Any]) -> Schema:
    def nested(rules: Mapping[str, Any]) -> dict[Any, Any]:
        return {Optional(key): nested(rule) if isinstance(rule, Mapping) else rule for key, rule in rules.items()}

    return Schema(nested(rules))


def _problem(error: Invalid, found: Mapping[Hashable, Any]) -> str:
    *parents, key = error.path
    if error.msg == "extra keys not allowed":
        return _unknown(key, parents)
    if error.msg == "required key not provided":
        return "is missing"
    value: Any = found
    for step in error.path:
        value = value[step]
    allowed = error.msg
    if allowed == "expected a dictionary":
        allowed = f"must be a section with options such as {', '.join(_known(error.path)[:3])} below it"
    return f"found {'something that is not shown' if key == 'password' else _shown(value)}, {allowed}"


def _known(path: Sequence[Hashable]) -> list[str]:
    """The keys that may stand below `path`."""
    rules: Any = RULES
    for step in path:
        rules = rules.get(step) if isinstance(rules, Mapping) else None
    return list(rules if isinstance(rules, Mapping) else PLAYLIST)


def _unknown(key: Hashable, parents: Sequence[Hashable]) -> str:
    known = _known(parents)
    near = difflib.get_close_matches(str(key), known, n=1)
    if near:
        return f"unknown option; did you mean {near[0]}?"
    elsewhere = [section for section, rules in RULES.items() if isinstance(rules, Mapping) and key in rules]
    if elsewhere:
        return f"unknown option here; it belongs to the section {' or '.join(elsewhere)}"
    return f"unknown option; known here: {', '.join(known)}"


def _shown(value: Any) -> str:
    """What was found, short, on one line, without the password of a URL."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a section"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        text = re.sub(r"//[^/\s]*@", "//…@", value)
        return json.dumps(text if len(text) <= 60 else text[:59] + "…", ensure_ascii=not text.isprintable())
    return json.dumps(value) if isinstance(value, bool | int | float) else type(value).__name__


def _dotted(path: Iterable[Hashable]) -> str:
    text = ""
    for step in path:
        shown = str(step) if len(str(step)) <= 60 else str(step)[:59] + "…"
        text += f"[{step}]" if isinstance(step, int) and text else f".{shown}" if text else shown
    return text if text.isprintable() else json.dumps(text)


def _without(found: dict[Hashable, Any], path: Sequence[Hashable]) -> dict[Hashable, Any]:
    """A copy that lacks what `path` leads to (which another problem may have taken away already)."""
    first, *rest = path
    if first not in found:
        return found
    if not rest:
        return {key: value for key, value in found.items() if key != first}
    return {**found, first: _without(found[first], rest)}


def _from_environment(values: dict[str, Any], environ: Mapping[str, str]) -> list[str]:
    """Puts what the environment sets into `values`; the problems, each with the variable's name."""
    problems = []
    for name, (section, key) in ENVIRONMENT.items():
        text = environ.get(name)
        if not text:
            continue
        try:
            value = RULES[section][key](int(text) if key == "port" and re.fullmatch("[0-9]{1,9}", text) else text)
        except Invalid as error:
            problems.append(f"{name}: found {_shown(text)}, {error.msg}")
        else:
            values[section] = {**(values.get(section) or {}), key: value.absolute() if key == "path" else value}
    return problems


def _start_paths_from(folder: Path, values: dict[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, dict) and key != "playlists":
            _start_paths_from(folder, value)
        elif isinstance(value, Path):
            values[key] = folder / value
        elif key == "source" and value not in ("auto", "picamera", "demo") and "://" not in value:
            values[key] = str(folder / os.path.expanduser(value))  # noqa: PTH111 - leaves ~nobody as it is


def _put_over(section: Any, values: Mapping[str, Any]) -> Any:
    """A section, or the whole Config, with `values` in place of what it had."""
    changes = {}
    for key, value in values.items():
        present = getattr(section, key)
        changes[key] = _put_over(present, value) if is_dataclass(present) else value
    return replace(section, **changes)


def _flat(section: Any, prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for field in fields(section):
        value = getattr(section, field.name)
        nested = is_dataclass(value)
        flat |= _flat(value, f"{prefix}{field.name}.") if nested else {prefix + field.name: value}
    return flat


def _secret(section: str, config: Config, environ: Mapping[str, str]) -> str | None:
    """The password of the broker (`mqtt`), the page (`web`) or the `camera` where it does not stand in the
    configuration. Raises Invalid with the whole line."""
    variable, name = f"MOODCAST_{section.upper()}_PASSWORD", f"{section}-password"
    files = {part: getattr(config, part).password_file for part in ("mqtt", "web", "camera")}
    if variable in environ:
        return environ[variable] or None
    source, file = f"{config.file}: {section}.password_file", files[section]
    credential = Path(environ["CREDENTIALS_DIRECTORY"], name) if "CREDENTIALS_DIRECTORY" in environ else None
    if credential and credential.exists():
        source, file = f"systemd credential {name}", credential
    if file is None:
        return None
    try:
        raw = read_bytes(file, _MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise Invalid(f"{source}: {file} cannot be read: {error.strerror or error}") from error
    if len(raw) > _MAX_SECRET_BYTES:
        raise Invalid(f"{source}: {file} is larger than {_MAX_SECRET_BYTES} bytes: not a password")
    try:
        password = raw.decode("utf-8-sig").rstrip("\r\n")  # Windows' editors put a mark in front
    except UnicodeDecodeError:
        raise Invalid(f"{source}: {file} is not UTF-8 text") from None  # its message would show the bytes
    if not password:
        raise Invalid(f"{source}: {file} is empty: write the password into it, or take the option away")
    return password
