"""What the page needs of the rest of the daemon, named from its own side; the assembler passes it in."""

from collections.abc import Sequence
from typing import Protocol

from edge.records import Box, Expression, HistoryEntry


class HistoryReader(Protocol):
    """The kept mood changes. Called from any web thread."""

    def since(self, epoch: float, limit: int) -> Sequence[HistoryEntry]:
        """The newest `limit` changes at or after `epoch` (wall-clock seconds), oldest first."""


class Calibration(Protocol):
    """The resting-face baseline, set by hand. Called from any web thread; returns at once.

    `state` is for people: `none`, `collecting: …`, `set` or `failed: …`. `start` takes the face in view from now on as
    neutral and raises an EdgeError that says why it cannot; `reset` forgets that and all that was learned.
    """

    @property
    def state(self) -> str: ...

    def start(self) -> None: ...

    def reset(self) -> None: ...


class PhotoFace(Protocol):
    """A face in a photo; `edge.records.Face` is one. Without an expression it is not shown."""

    @property
    def box(self) -> Box: ...

    @property
    def expression(self) -> Expression | None: ...


class Photo(Protocol):
    """What the analysis of one uploaded photo gave; the boxes are pixels of an image of `width` × `height`."""

    @property
    def faces(self) -> Sequence[PhotoFace]: ...

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...
