"""What every part of the page is given: one frozen record instead of module-level state."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from edge.config import Config
from edge.mailbox import Latest
from edge.records import Frame, Status
from edge.web.ports import Calibration, HistoryReader, Photo


class Viewers:
    """Counts who follows live, because each one holds a thread of the server; at most `limit` at a time."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._present = 0

    @property
    def present(self) -> int:
        return self._present

    def enter(self) -> bool:
        """Takes a place; False when all are taken."""
        with self._lock:
            if self._present >= self.limit:
                return False
            self._present += 1
            return True

    def leave(self) -> None:
        with self._lock:
            self._present -= 1


@dataclass(frozen=True)
class Site:
    """`history` is None when the config keeps none. `analyse` is called by one thread at a time."""

    config: Config
    status: Latest[Status]
    history: HistoryReader | None
    analyse: Callable[[bytes], Photo]
    camera: Callable[[bool], None]
    frame: Callable[[], Frame | None]
    calibration: Calibration
    healthy: Callable[[], bool]
    rng: Random
    viewers: Viewers
    too_large: str  # what is said of a photo that is
    analysing: threading.Lock = field(default_factory=threading.Lock)
