"""How an option is declared: once, as a field with its default, what it may be, and the line its owner reads.

From that come the check of what a file says, config.yaml as it ships, the table in docs/configuration.md, what the
environment may set, and what a running daemon takes up.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Wrong(ValueError):
    """A value is not what it may be; the text says what it must be."""


def _as_it_is(folder: Path, value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """What a value may be. `words` say it behind "must be"; `span` says it in short, before the owner's line."""

    words: str
    fits: Callable[[Any], object]  # whether a value does; raises Wrong where there is more to say
    make: Callable[[Path, Any], T] = _as_it_is  # of one that does, as it is used; relative paths start from the folder
    span: str = ""
    hidden: bool = False  # from a repr: it may hold a password
    bounds: tuple[float, float] | None = None  # of a number

    def convert(self, folder: Path, value: Any) -> T:
        """The value as it is used. Raises Wrong."""
        if not self.fits(value):
            raise Wrong(f"must be {self.words}")
        return self.make(folder, value)


@dataclass(frozen=True, slots=True)
class Option:
    """What is known of an option beside its name and its default."""

    kind: Kind[Any]
    line: str
    live: bool = False  # a running daemon takes it up; the others wait for a restart
    changeable: bool = False  # the page, the API and MQTT may change it too: kept apart from the file (overlay.py)
    at_most: str = ""  # the option of the same section that it must not be above
    environment: str = ""  # the variable that wins over the file
    heading: str = ""  # stands above it in config.yaml: what it begins


def option(default: T, kind: Kind[T], line: str, **more: Any) -> T:
    """A field of a section; `more` is what else an Option may hold. For the type checker it is its default, as
    `dataclasses.field` is."""
    made: T = field(default=default, repr=not kind.hidden, metadata={"option": Option(kind, line, **more)})
    return made


def live(default: T, kind: Kind[T], line: str, **more: Any) -> T:
    """An option that a running daemon takes up when it reads its configuration again."""
    return option(default, kind, line, live=True, **more)


def here(default: T, kind: Kind[T], line: str, **more: Any) -> T:
    """A live option that the page, the API and MQTT may change as well."""
    return live(default, kind, line, changeable=True, **more)


def members(section: Any) -> dict[str, Any]:
    """What a section may hold, by name: an Option, or a section of its own."""
    found = {part.name: part.metadata.get("option") or getattr(section, part.name) for part in fields(section)}
    return {name: part for name, part in found.items() if is_dataclass(part)}


def walk(section: Any, prefix: str = "") -> Iterator[tuple[str, Option, Any]]:
    """(its key, such as mqtt.tls.enabled; the option; its value) of all options, in the order of the file."""
    for name, part in members(section).items():
        if isinstance(part, Option):
            yield prefix + name, part, getattr(section, name)
        else:
            yield from walk(part, f"{prefix}{name}.")


def put(section: Any, values: Mapping[str, Any]) -> Any:
    """The section, or the whole configuration, with other values, given by their keys."""
    for key, value in values.items():
        name, _, rest = key.partition(".")
        section = replace(section, **{name: put(getattr(section, name), {rest: value}) if rest else value})
    return section
