"""Reads config.yaml into plain values; errors name file, line and column."""

import errno
import os
import re
import stat
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, ClassVar

import yaml

from edge.errors import ConfigError

#: A complete configuration has about 8 KiB; a much larger file is another file.
MAX_BYTES = 256 * 1024


def read_bytes(path: Path, most: int) -> bytes:
    """At most `most` bytes of a file. Raises OSError, also for a pipe, which would block the reader."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(kind):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(kind):
            raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", str(path))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(most)
    finally:
        os.close(descriptor)


class _Loader(yaml.SafeLoader):
    """YAML with the plain values of its 1.2 core schema, without 1.1's surprises, and without duplicate keys.

    PyYAML follows YAML 1.1, in which `off` is false, `010` is eight and `12:30` is 750.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as its stubs
    yaml_constructors: ClassVar[dict[Any, Any]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: dict[Hashable, int] = {}
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int) or isinstance(key, bool):
                raise _wrong("a key must be plain text", key_node)
            if key in seen:
                raise _wrong(f'the key "{key}" was already given in line {seen[key]}: keep one of them', key_node)
            seen[key] = key_node.start_mark.line + 1
        return super().construct_mapping(node, deep)


def _wrong(problem: str, node: yaml.Node) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int | str:
    # Python's int() refuses thousands of digits; as text the value gets the message of its key.
    return int(node.value) if len(node.value) <= 30 else str(node.value)


def _no_tag(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    """Does not name the tag: it could be an unquoted password."""
    raise _wrong("a tag (what begins with !) has no meaning here: put text that begins with ! in quotes", node)


def _add(tag: str, pattern: str, first: list[str], construct: Callable[[Any, yaml.ScalarNode], Any]) -> None:
    """Plain values that match `pattern` get `tag`; a value with an explicit tag must match it too."""
    whole = re.compile(rf"^(?:{pattern})$")

    def construct_checked(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
        if not isinstance(node, yaml.ScalarNode) or not whole.match(node.value):
            raise _wrong(f"the tag !!{tag} does not fit what follows it", node)
        return construct(loader, node)

    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", whole, first)
    _Loader.add_constructor(f"tag:yaml.org,2002:{tag}", construct_checked)


_add("null", r"null|Null|NULL|~|", ["n", "N", "~", ""], lambda loader, node: None)
_add("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF"), lambda _, node: node.value in ("true", "True", "TRUE"))
_add("int", r"[-+]?[0-9]+", list("-+0123456789"), _decimal)
_add(
    "float",
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    list("-+.0123456789"),
    lambda loader, node: float(node.value.lower().replace(".inf", "inf").replace(".nan", "nan")),
)
for _tag in ("str", "seq", "map"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", yaml.SafeLoader.yaml_constructors[f"tag:yaml.org,2002:{_tag}"])
_Loader.add_constructor(None, _no_tag)  # None is PyYAML's word for any other tag


def read(path: Path) -> dict[Hashable, Any]:
    """The top-level mapping in `path`. A file of comments alone gives an empty one.

    Raises ConfigError, one line that starts with the file's name, when the file is missing, unreadable, empty,
    larger than MAX_BYTES, not UTF-8, not YAML, or something else than a mapping.
    """
    # Lines are counted as editors do; YAML also breaks them at U+0085 and U+2028.
    text = _text(path).replace("\r\n", "\n").replace("\r", "\n")
    try:
        found = yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        raise ConfigError(f"{path}:{_explain(error, text)}") from error
    except yaml.reader.ReaderError as error:
        where = _place(text, error.position)
        raise ConfigError(f"{path}: {where}: the character {error.character!r} is not allowed in YAML") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: is nested too deeply to be a configuration") from error
    except (ValueError, TypeError, LookupError, AttributeError) as error:  # PyYAML's own failures
        raise ConfigError(f"{path}: not YAML: {error}") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ConfigError(f"{path}: must hold sections such as `mqtt:` with their options below, found something else")
    return found


def _explain(error: yaml.MarkedYAMLError, text: str) -> str:
    """Place and problem. For a list or quoted text that is never closed, the place where it began is named too."""
    mark = error.problem_mark or error.context_mark
    where = f" {_place(text, mark.index)}:" if mark else ""
    what = ", ".join(part for part in (error.context, error.problem) if part)
    what = re.sub(r" '[^'<]{4,}'", "", what)  # a name from the file could be an unquoted password
    begun = error.context_mark
    unclosed = error.context is not None and ("flow" in error.context or "quoted" in error.context)
    if unclosed and begun is not None and mark is not None and begun.line != mark.line:
        what += f"; it began in {_place(text, begun.index)}"
    return f"{where} {what}"


def _place(text: str, index: int) -> str:
    before = text[:index]
    return f"line {before.count(chr(10)) + 1}, column {len(before) - (before.rfind(chr(10)) + 1) + 1}"


def _text(path: Path) -> str:
    try:
        raw = read_bytes(path, MAX_BYTES + 1)
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
