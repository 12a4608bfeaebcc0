"""The history and its gaps, the times at which the daemon was not running.

The history holds `absent` for a gap, so that the mood before it ends. The gaps are kept apart from the history: they
tell a daemon that did not run from a room with nobody in it.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from edge.daemon.state import State
from edge.outputs.history import History
from edge.past import QUARTER_SECONDS, Gap, HistoryEntry, Quarter
from edge.records import ABSENT, PAUSED

#: How often the daemon notes that it runs. After a power cut that much of the past is uncertain; more often would wear
#: the flash card.
ALIVE_SECONDS = 600.0
#: A shorter restart leaves no gap. A running daemon calls `mark_alive` more often than this (heart.py, every few
#: seconds), and systemd ends one that stalls for so long.
GAP_SECONDS = 60.0
#: Only the newest are kept. A device that is switched off every night makes one gap a day.
MAX_GAPS = 100
_GAPS = "gaps"


@dataclass(frozen=True, slots=True)
class StartMood:
    """The mood at the start, and since when, in wall-clock seconds; None where that is unknown."""

    mood: str = ABSENT
    since: float | None = None


def start_mood(camera_on: bool, last: HistoryEntry | None) -> StartMood:
    """`last` is the last entry of the history. A camera that was off and still is gives no change of mood."""
    if camera_on or (last is not None and last.mood != PAUSED):
        return StartMood()
    return StartMood(PAUSED, None if last is None else last.at)


class Continuity:
    """Keeps mood changes and gaps. All times are wall-clock seconds.

    `since`, `walk` and `gaps` may be called from any thread.
    """

    def __init__(self, state: State, history: History, days: float, clock: Callable[[], float] = time.time) -> None:
        """Gaps are kept for `days`, like the history."""
        self._state, self._history, self._days, self._clock = state, history, days, clock
        self._marked: float | None = None
        self._latest = clock()  # when the daemon was last known to run
        self._forgot_at = float("-inf")
        # For the reporter, which keeps changes, and for the page, which reads them.
        self.add = history.add
        self.since, self.walk, self.quarters = history.since, history.walk, history.quarters

    def begin(self) -> HistoryEntry | None:
        """At the start: ends the last mood at the time when the daemon last ran. Returns the history's last entry."""
        last, now, alive = self._last(), self._clock(), self._state.last_alive()
        # A time in the future comes from a clock that was wrong.
        ran_until = 0.0 if alive is None else min(now, alive)
        if alive is not None:
            self._latest = max(alive, last.at) if last is not None and last.at <= now else alive
        if last is not None and last.mood not in (ABSENT, PAUSED):
            last = self._end(last, max(ran_until, last.at))
        self.mark_alive()
        return last

    def add_quarter(self, quarter: Quarter) -> None:
        """Keeps a quarter of an hour, unless something in it was forgotten."""
        if not quarter.at <= self._forgot_at < quarter.at + QUARTER_SECONDS:
            self._history.add_quarter(quarter)

    def forget(self, start: float, end: float) -> bool:
        """Deletes the history from `start` up to `end`. False where that fails. May be called from any thread."""
        if end > self._clock() - QUARTER_SECONDS:
            self._forgot_at = self._clock()  # the present quarter must not be kept either
        return self._history.forget(start, end)

    def gaps(self) -> list[Gap]:
        """The gaps that were written down, oldest first, without those in the future: their clock was wrong."""
        now = self._clock()
        return [gap for gap in self._kept_gaps() if now - self._days * 86400 <= gap.end <= now]

    def mark_alive(self) -> None:
        """Notes that the daemon runs, at most every ALIVE_SECONDS. A late call ends a gap: the daemon has just started,
        was suspended, or its clock stood still until the network set it."""
        now = self._clock()
        if now - self._latest > GAP_SECONDS:
            kept = [*self.gaps(), Gap(self._latest, now)][-MAX_GAPS:]
            self._state.keep(_GAPS, [[int(gap.start), int(gap.end)] for gap in kept])
        self._latest = max(self._latest, now)
        if self._marked is None or abs(now - self._marked) >= ALIVE_SECONDS:
            self._history.flush()  # otherwise a mood that is over would seem to last until now
            self._marked = now
            self._state.mark_alive(now)
        self._history.tend()

    def end(self) -> None:
        """The daemon stops: ends the present mood."""
        self._state.mark_alive(self._clock())
        last = self._last()
        if last is not None and last.mood not in (ABSENT, PAUSED):
            self._end(last, max(self._clock(), last.at))
        self._history.flush()

    def _kept_gaps(self) -> Iterator[Gap]:
        kept = self._state.get(_GAPS)
        for pair in kept if isinstance(kept, list) else []:
            match pair:
                case [int() | float() as start, int() | float() as end] if start < end:
                    yield Gap(start, end)

    def _last(self) -> HistoryEntry | None:
        entries = self._history.since(0.0, 1)
        return entries[-1] if entries else None

    def _end(self, last: HistoryEntry, at: float) -> HistoryEntry:
        end = HistoryEntry(at, ABSENT, last.mood, 0.0, 0, None)
        self._history.add(end)
        return end
