"""How an option is declared: once, as a field with its default, its kind, and its line in config.yaml.

The declaration gives the check of a file, the shipped config.yaml, the table in docs/configuration.md, the environment
variables, and which options a running daemon applies.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Wrong(ValueError):
    """A value is not allowed; the text says what it must be."""


def _as_it_is(folder: Path, value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """What a value may be: `words` follow "must be" in an error, `span` is the short form before the option's line."""

    words: str
    fits: Callable[[Any], object]  # whether a value is allowed; may raise Wrong with words of its own
    make: Callable[[Path, Any], T] = _as_it_is  # converts an allowed value; relative paths start from the folder
    span: str = ""
    hidden: bool = False  # not in a repr: it may hold a password
    bounds: tuple[float, float] | None = None  # of a number

    def convert(self, folder: Path, value: Any) -> T:
        """The value in the form that the program uses. Raises Wrong."""
        if not self.fits(value):
            raise Wrong(f"must be {self.words}")
        return self.make(folder, value)


@dataclass(frozen=True, slots=True)
class Option:
    """What is declared of an option, besides its name and default."""

    kind: Kind[Any]
    line: str
    live: bool = False  # a running daemon applies it; the others need a restart
    changeable: bool = False  # page, API and MQTT may change it; kept apart from the file (overlay.py)
    at_most: str = ""  # an option of the same section that is its upper limit
    environment: str = ""  # a variable that overrides the file
    heading: str = ""  # a heading above it in config.yaml
    former: tuple[Any, ...] = ()  # defaults of released versions that are no more; a whole config.yaml still holds them


def option(default: T, kind: Kind[T], line: str, **more: Any) -> T:
    """A field of a section; `more` are further fields of Option. Typed as its default, as `dataclasses.field` is."""
    made: T = field(default=default, repr=not kind.hidden, metadata={"option": Option(kind, line, **more)})
    return made


def live(default: T, kind: Kind[T], line: str, **more: Any) -> T:
    """An option that a running daemon applies when it reads its configuration again."""
    return option(default, kind, line, live=True, **more)


def here(default: T, kind: Kind[T], line: str, **more: Any) -> T:
    """A live option that the page, the API and MQTT may change as well."""
    return live(default, kind, line, changeable=True, **more)


def members(section: Any) -> dict[str, Any]:
    """The members of a section, by name: an Option, or a section."""
    found = {part.name: part.metadata.get("option") or getattr(section, part.name) for part in fields(section)}
    return {name: part for name, part in found.items() if is_dataclass(part)}


def walk(section: Any, prefix: str = "") -> Iterator[tuple[str, Option, Any]]:
    """(key, such as mqtt.tls.enabled; Option; value) of all options, in the order of the file."""
    for name, part in members(section).items():
        if isinstance(part, Option):
            yield prefix + name, part, getattr(section, name)
        else:
            yield from walk(part, f"{prefix}{name}.")


def put(section: Any, values: Mapping[str, Any]) -> Any:
    """The section, or the whole configuration, with these values, by key."""
    for key, value in values.items():
        name, _, rest = key.partition(".")
        section = replace(section, **{name: put(getattr(section, name), {rest: value}) if rest else value})
    return section
