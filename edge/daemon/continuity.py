"""The history across a gap: while the daemon was not running, nobody was seen, whatever the mood had been."""

import time
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Before:
    """The mood as the daemon finds it, and since when, in wall-clock seconds; None where nobody knows."""

    mood: str = ABSENT
    since: float | None = None


def before(camera_on: bool, last: HistoryEntry | None) -> Before:
    """`last` is what the history ends with. A camera that is still off has been off all the time: that is no change."""
    if camera_on or (last is not None and last.mood != PAUSED):
        return Before()
    return Before(PAUSED, None if last is None else last.at)


class Continuity:
    """Keeps mood changes, and knows when nobody was there to keep them. All times are wall-clock seconds."""

    def __init__(self, state: State, history: Kept, clock: Callable[[], float] = time.time) -> None:
        self._state, self._history, self._clock = state, history, clock

    def begin(self) -> HistoryEntry | None:
        """The daemon starts: ends the mood that was left standing, when the daemon was last known to run. Returns what
        the history ends with now."""
        last = self._last()
        if last is not None and last.mood not in (ABSENT, PAUSED):
            alive = self._state.get(_KEY)
            # A sign from the future is of a clock that was wrong then, or of a damaged file.
            sign = min(self._clock(), alive) if isinstance(alive, int | float) else 0.0
            last = self._end(last, max(sign, last.at))
        self.sign()
        return last

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
        last = self._last()
        if last is not None and last.mood not in (ABSENT, PAUSED):
            self._end(last, max(self._clock(), last.at))

    def _last(self) -> HistoryEntry | None:
        entries = self._history.since(0.0, 1)
        return entries[-1] if entries else None

    def _end(self, last: HistoryEntry, at: float) -> HistoryEntry:
        end = HistoryEntry(at, ABSENT, last.mood, 0.0, 0, None)
        self._history.add(end)
        return end
