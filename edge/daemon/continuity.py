"""The history across a gap: while the daemon was not running, nobody was seen, whatever the mood had been."""

import time
from collections.abc import Callable
from typing import Protocol

from edge.daemon.state import State
from edge.records import ABSENT, PAUSED, HistoryEntry

#: How much of the past is unsure after a power cut: often enough for a ribbon, seldom enough for a flash card.
SIGN_SECONDS = 600.0
_KEY = "alive"


class Kept(Protocol):
    """The part of the history that this needs."""

    def add(self, entry: HistoryEntry) -> None: ...
    def since(self, epoch: float, limit: int = ...) -> list[HistoryEntry]: ...


class Continuity:
    """Keeps mood changes, and knows when nobody was there to keep them. All times are wall-clock seconds."""

    def __init__(self, state: State, history: Kept, clock: Callable[[], float] = time.time) -> None:
        self._state, self._history, self._clock = state, history, clock

    def begin(self) -> None:
        """The daemon starts: ends the mood that was left standing, when the daemon was last known to run."""
        entries = self._history.since(0.0, 1)
        if entries and entries[-1].mood not in (ABSENT, PAUSED):
            alive = self._state.get(_KEY)
            # A sign from the future is of a clock that was wrong then, or of a damaged file.
            last = min(self._clock(), alive) if isinstance(alive, int | float) else 0.0
            self._end(entries[-1], max(last, entries[-1].at))
        self.sign()

    def add(self, entry: HistoryEntry) -> None:
        """Keeps a mood change."""
        self._history.add(entry)

    def sign(self) -> None:
        """The daemon runs: noted at most every SIGN_SECONDS."""
        now, alive = self._clock(), self._state.get(_KEY)
        if not isinstance(alive, int | float) or abs(now - alive) >= SIGN_SECONDS:
            self._state.keep(_KEY, round(now))

    def end(self) -> None:
        """The daemon stops: so does the mood."""
        entries = self._history.since(0.0, 1)
        if entries and entries[-1].mood not in (ABSENT, PAUSED):
            self._end(entries[-1], max(self._clock(), entries[-1].at))

    def _end(self, last: HistoryEntry, at: float) -> None:
        self._history.add(HistoryEntry(at, ABSENT, last.mood, 0.0, 0, None))
