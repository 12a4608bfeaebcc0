"""What the page needs of the rest of the daemon, named from its own side; the assembler passes it in."""

from collections.abc import Sequence
from typing import Protocol

from edge.records import Face, Gap, HistoryEntry


class HistoryReader(Protocol):
    """The kept mood changes. Called from any web thread."""

    def since(self, epoch: float, limit: int) -> Sequence[HistoryEntry]:
        """The newest `limit` changes at or after `epoch` (wall-clock seconds), oldest first."""

    def gaps(self) -> Sequence[Gap]:
        """When the daemon was not running, oldest first."""


class Calibration(Protocol):
    """The resting-face baseline, set by hand. Called from any web thread; returns at once.

    `state` is for people: `none`, `collecting: …`, `set` or `failed: …`. `start` takes the face in view from now on as
    neutral and raises an EdgeError that says why it cannot; `reset` forgets that and all that was learned.
    """

    @property
    def state(self) -> str: ...

    def start(self) -> None: ...

    def reset(self) -> None: ...


class Photo(Protocol):
    """What the analysis of one uploaded photo gave; the boxes are pixels of an image of `width` × `height`. A face
    without an expression is not shown."""

    @property
    def faces(self) -> Sequence[Face]: ...

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...
