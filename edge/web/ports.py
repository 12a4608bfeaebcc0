"""What the page needs from the rest of the daemon. edge/app.py passes it in."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from edge.config import Config
from edge.past import Correction, Gap, HistoryEntry, Quarter
from edge.records import Face


class HistoryReader(Protocol):
    """The kept mood changes. Called from any web thread."""

    def since(self, epoch: float, limit: int) -> Sequence[HistoryEntry]:
        """The changes from `epoch` (wall-clock seconds) on and the one before them, oldest first; of more than `limit`
        the newest."""

    def walk(self, since: float, until: float | None = None) -> Iterator[HistoryEntry]:
        """Every change from `since` on and before `until`, oldest first, read a few at a time."""

    def quarters(self, since: float) -> Sequence[Quarter]:
        """The quarters of an hour since then, oldest first."""

    def forget(self, start: float, end: float) -> bool:
        """Deletes everything from `start` up to `end`; False where that fails."""

    def gaps(self) -> Sequence[Gap]:
        """When the daemon was not running, oldest first."""


class CameraSwitch(Protocol):
    """Called from any web thread; returns at once.

    `locked` says who locked the camera off, `page` or `config`, or is empty. `ask` switches it on, where it is not
    locked, or off for `seconds` or for good. `lock` locks it off, or unlocks it; raises EdgeError where the
    configuration locks it.
    """

    on: bool
    locked: str

    def ask(self, on: bool, seconds: float | None = None) -> None: ...

    def lock(self, locked: bool) -> None: ...


class Calibration(Protocol):
    """The resting-face baseline. Called from any web thread; returns at once.

    `state` is for people: `none`, `collecting: …`, `set` or `failed: …`. `start` takes the face in view as neutral, or
    raises EdgeError; `reset` deletes that and all that was learned.
    """

    @property
    def state(self) -> str: ...

    def start(self) -> None: ...

    def reset(self) -> None: ...


class Corrections(Protocol):
    """What people said the mood really was. Called from any web thread. `add` and `forget` return False where they
    cannot write; `table` is all of it as CSV."""

    def all(self) -> Sequence[Correction]: ...

    def table(self) -> str: ...

    def add(self, correction: Correction) -> bool: ...

    def forget(self) -> bool: ...


class LiveSettings(Protocol):
    """The settings that may be changed while the daemon runs. Called from any web thread.

    `owners` is what the owner's file says. `origins` gives the origin of each option's value: `live`, `environment`,
    `config.yaml` or `default`. `change` takes values by key, None for the file's own; False where they cannot be
    written; raises ConfigError with a line for each wrong value.
    """

    owners: Config

    def origins(self) -> Mapping[str, str]: ...

    def change(self, values: Mapping[str, Any]) -> bool: ...


class KeptFaces(Protocol):
    """Faces that were read wrong. Called from any web thread. `wanted`: the owner keeps them; `names` gives
    `<label>/<time>.png`, oldest first; `picture` a PNG or None; `forget` deletes one or all, False where it cannot."""

    wanted: bool

    def keep(self, right: str, at: float) -> None: ...

    def names(self) -> Sequence[str]: ...

    def picture(self, name: str) -> bytes | None: ...

    def forget(self, name: str | None = None) -> bool: ...


class Photo(Protocol):
    """The analysis of an uploaded photo; boxes are pixels of `width` × `height`. Faces without an expression are not
    shown."""

    @property
    def faces(self) -> Sequence[Face]: ...

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...
