"""What the page needs of the rest of the daemon, named from its own side; the assembler passes it in."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from edge.config import Config
from edge.past import Correction, Gap, HistoryEntry, Quarter
from edge.records import Face


class HistoryReader(Protocol):
    """The kept mood changes. Called from any web thread."""

    def since(self, epoch: float, limit: int) -> Sequence[HistoryEntry]:
        """The newest `limit` changes at or after `epoch` (wall-clock seconds), oldest first."""

    def walk(self, since: float, until: float | None = None) -> Iterator[HistoryEntry]:
        """Every change from `since` on and before `until`, oldest first, read a few at a time."""

    def quarters(self, since: float) -> Sequence[Quarter]:
        """What each quarter of an hour since then showed, oldest first."""

    def forget(self, start: float, end: float) -> bool:
        """Takes everything from `start` on and before `end` away; False where that cannot be."""

    def gaps(self) -> Sequence[Gap]:
        """When the daemon was not running, oldest first."""


class CameraSwitch(Protocol):
    """Called from any web thread; returns at once.

    `on` is how it is switched. `locked` says who locked the camera off, `page` or `config`; empty where nobody did:
    then `ask` has it switched, off for so many `seconds` or for good. `lock` switches it off too; it raises an
    EdgeError where the configuration has locked it.
    """

    @property
    def on(self) -> bool: ...

    @property
    def locked(self) -> str: ...

    def ask(self, on: bool, seconds: float | None = None) -> None: ...

    def lock(self, locked: bool) -> None: ...


class Calibration(Protocol):
    """The resting-face baseline, set by hand. Called from any web thread; returns at once.

    `state` is for people: `none`, `collecting: …`, `set` or `failed: …`. `start` takes the face in view from now on as
    neutral and raises an EdgeError that says why it cannot; `reset` forgets that and all that was learned.
    """

    @property
    def state(self) -> str: ...

    def start(self) -> None: ...

    def reset(self) -> None: ...


class Corrections(Protocol):
    """What people said the mood really was. Called from any web thread. `add` and `forget` give False where it cannot
    be written; `table` is all of it as CSV."""

    def all(self) -> Sequence[Correction]: ...

    def table(self) -> str: ...

    def add(self, correction: Correction) -> bool: ...

    def forget(self) -> bool: ...


class LiveSettings(Protocol):
    """The settings that may be changed while the daemon runs. Called from any web thread.

    `owners` is what the owner's file says. `origins` tells where the value of each option comes from: `live`,
    `environment`, `config.yaml` or `default`. `change` takes values by their keys, None for the file's own; False where
    it cannot be written down; it raises a ConfigError of a line for each value that cannot be.
    """

    @property
    def owners(self) -> Config: ...

    def origins(self) -> Mapping[str, str]: ...

    def change(self, values: Mapping[str, Any]) -> bool: ...


class KeptFaces(Protocol):
    """The faces that were read wrong. Called from any web thread. `wanted`: the owner has them kept; `names` gives
    `<label>/<time>.png`, oldest first; `picture` a PNG or None; `forget` one or all, False where it cannot be."""

    wanted: bool

    def keep(self, right: str, at: float) -> None: ...

    def names(self) -> Sequence[str]: ...

    def picture(self, name: str) -> bytes | None: ...

    def forget(self, name: str | None = None) -> bool: ...


class Photo(Protocol):
    """What the analysis of one uploaded photo gave; the boxes are pixels of an image of `width` × `height`. A face
    without an expression is not shown."""

    @property
    def faces(self) -> Sequence[Face]: ...

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...
