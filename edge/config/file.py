"""Reads config.yaml into plain values; says file, line and column where it is not what it should be."""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from edge.errors import ConfigError

#: A written-out configuration is about 8 KiB; much more than that is another file.
MAX_BYTES = 256 * 1024


class _Loader(yaml.SafeLoader):
    """YAML with the plain values of its 1.2 core schema, without 1.1's surprises, and without duplicate keys.

    PyYAML follows YAML 1.1, in which `off` is false, `010` is eight and `12:30` is 750.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own form

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: dict[Hashable, int] = {}
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.constructor.ConstructorError(None, None, "a key must be plain text", key_node.start_mark)
            if key in seen:
                problem = f'the key "{key}" was already given in line {seen[key]}: keep one of them'
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            seen[key] = key_node.start_mark.line + 1
        return super().construct_mapping(node, deep)


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int | str:
    # Python refuses to read a number of thousands of digits; as text it gets the key's own message.
    return int(node.value) if len(node.value) <= 30 else str(node.value)


def _real(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    return float(node.value.lower().replace(".inf", "inf").replace(".nan", "nan"))


for _tag, _pattern, _first in (
    ("null", r"null|Null|NULL|~|", ["n", "N", "~", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)
_Loader.add_constructor("tag:yaml.org,2002:int", _decimal)
_Loader.add_constructor("tag:yaml.org,2002:float", _real)


def read(path: Path) -> dict[Hashable, Any]:
    """The top-level mapping in `path`. A file of comments alone gives an empty one.

    Raises ConfigError, one line that starts with the file's name, when the file is missing, unreadable, empty,
    larger than MAX_BYTES, not UTF-8, not YAML, or something else than a mapping.
    """
    text = _text(path)
    try:
        found = yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" line {mark.line + 1}, column {mark.column + 1}:" if mark else ""
        what = ", ".join(part for part in (error.context, error.problem) if part)
        what = re.sub(r" '[^'<]{4,}'", "", what)  # a name from the file: it could be a password without quotes
        raise ConfigError(f"{path}:{where} {what}") from error
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        raise ConfigError(
            f"{path}: line {line}, column {column}: the character {error.character!r} is not allowed in YAML"
        ) from error
    except RecursionError as error:
        raise ConfigError(f"{path}: is nested too deeply to be a configuration") from error
    except ValueError as error:  # a tag of YAML's own on a value it does not fit, such as `!!int abc`
        raise ConfigError(f"{path}: not YAML: {error}") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ConfigError(f"{path}: must hold sections such as `mqtt:` with their options below, found something else")
    return found


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file; give the right one with --config") from error
    except IsADirectoryError as error:
        raise ConfigError(f"{path}: is a folder; name the file in it") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"{path}: is larger than {MAX_BYTES // 1024} KiB: not a configuration")
    if not raw.strip():
        raise ConfigError(f"{path}: is empty; put back a copy of the config.yaml that came with Moodcast, or remove it")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}: line {line}: is not UTF-8; save the file as UTF-8 text") from error
