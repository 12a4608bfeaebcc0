"""The history and its gaps: while the daemon was not running, the mood is unknown.

The history has `absent` there, so that the mood before has an end; the gaps, which are kept apart from it, tell that
from a room in which nobody was.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from edge.daemon.quarters import QUARTER_SECONDS
from edge.daemon.state import State
from edge.outputs.history import History
from edge.past import Gap, HistoryEntry, Quarter
from edge.records import ABSENT, PAUSED

#: How much of the past is unsure after a power cut: often enough for a ribbon, seldom enough for a flash card.
ALIVE_SECONDS = 600.0
#: A restart that is over sooner leaves no gap; also how late a sign may come from a daemon that has run all the time
#: (heart.py gives one every few seconds, and systemd ends what stalls for so long).
GAP_SECONDS = 60.0
#: The newest are kept: a device whose socket is switched off every night makes one a day.
MAX_GAPS = 100
_GAPS = "gaps"


@dataclass(frozen=True, slots=True)
class StartMood:
    """The mood as the daemon finds it, and since when, in wall-clock seconds; None where that is unknown."""

    mood: str = ABSENT
    since: float | None = None


def start_mood(camera_on: bool, last: HistoryEntry | None) -> StartMood:
    """`last` is what the history ends with. A camera that is still off has been off all the time: that is no change."""
    if camera_on or (last is not None and last.mood != PAUSED):
        return StartMood()
    return StartMood(PAUSED, None if last is None else last.at)


class Continuity:
    """Keeps mood changes, and the times at which the daemon was not running. All times are wall-clock seconds.

    `since`, `walk` and `gaps` may be called from any thread.
    """

    def __init__(self, state: State, history: History, days: float, clock: Callable[[], float] = time.time) -> None:
        """Gaps are remembered for `days`, as the history is."""
        self._state, self._history, self._days, self._clock = state, history, days, clock
        self._marked: float | None = None
        self._latest = clock()  # when the daemon was last known to run
        self._forgot_at = float("-inf")
        # For the reporter, which keeps changes, and for the page, which reads them.
        self.add = history.add
        self.since, self.walk, self.quarters = history.since, history.walk, history.quarters

    def begin(self) -> HistoryEntry | None:
        """The daemon starts: ends the mood that was left standing, when the daemon was last known to run. Returns what
        the history ends with now."""
        last, now, alive = self._last(), self._clock(), self._state.last_alive()
        # A sign from the future is of a clock that was wrong then.
        sign = 0.0 if alive is None else min(now, alive)
        if alive is not None:
            self._latest = max(alive, last.at) if last is not None and last.at <= now else alive
        if last is not None and last.mood not in (ABSENT, PAUSED):
            last = self._end(last, max(sign, last.at))
        self.mark_alive()
        return last

    def add_quarter(self, quarter: Quarter) -> None:
        """Keeps what a quarter of an hour showed; one in which something was forgotten is left out."""
        if not quarter.at <= self._forgot_at < quarter.at + QUARTER_SECONDS:
            self._history.add_quarter(quarter)

    def forget(self, start: float, end: float) -> bool:
        """Takes everything from `start` on and before `end` out of the history. False where that cannot be. May be
        called from any thread."""
        if end > self._clock() - QUARTER_SECONDS:
            self._forgot_at = self._clock()  # the quarter that is being added up knows of it too
        return self._history.forget(start, end)

    def gaps(self) -> list[Gap]:
        """When the daemon was not running, oldest first, as far as that was written down. One that ends in the future
        is of a clock that was wrong."""
        now = self._clock()
        return [gap for gap in self._kept_gaps() if now - self._days * 86400 <= gap.end <= now]

    def mark_alive(self) -> None:
        """The daemon runs: noted at most every ALIVE_SECONDS. One that comes late ends a gap: the daemon has just
        begun, was suspended, or had a clock that stood still until the network set it."""
        now = self._clock()
        if now - self._latest > GAP_SECONDS:
            kept = [*self.gaps(), Gap(self._latest, now)][-MAX_GAPS:]
            self._state.keep(_GAPS, [[int(gap.start), int(gap.end)] for gap in kept])
        self._latest = max(self._latest, now)
        if self._marked is None or abs(now - self._marked) >= ALIVE_SECONDS:
            self._history.flush()  # or a mood that is over would seem to have lasted until the sign
            self._marked = now
            self._state.mark_alive(now)
        self._history.tend()

    def end(self) -> None:
        """The daemon stops: so does the mood."""
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
