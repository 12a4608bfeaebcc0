"""The flap budget: a room that changes too often gets a longer dwell, by itself."""

from collections import deque

HOUR_SECONDS = 3600.0
#: The dwell never becomes longer than this many times the configured one.
WIDEST = 5.0


class FlapBudget:
    """Counts the changes of the last hour and widens the dwell while they are over the budget.

    The dwell grows with the square of changes / budget, from 1 × at the budget to WIDEST ×, and narrows as changes
    grow older than an hour. Comings and goings (`absent`) count as changes but widen nothing: nobody flaps by
    leaving the room.
    """

    def __init__(self, dwell_seconds: float, changes_per_hour: float) -> None:
        self._dwell, self._budget = dwell_seconds, changes_per_hour
        self._all: deque[float] = deque()
        self._flaps: deque[float] = deque()
        self._wide = False

    def configure(self, dwell_seconds: float, changes_per_hour: float) -> None:
        """Another dwell and budget; what was counted stays."""
        self._dwell, self._budget = dwell_seconds, changes_per_hour

    def count(self, now: float, flap: bool) -> None:
        """A change at `now`; `flap` where one expression followed another."""
        self._all.append(now)
        if flap:
            self._flaps.append(now)

    def forget_old(self, now: float) -> None:
        """Drops what is older than an hour."""
        for times in (self._all, self._flaps):
            while times and times[0] <= now - HOUR_SECONDS:
                times.popleft()

    def step(self, now: float) -> str | None:
        """Drops what is older than an hour. Returns a line for the log when the dwell starts or stops being wider."""
        self.forget_old(now)
        if self.factor > 1.0 and not self._wide:
            self._wide = True
            return (
                f"the mood changed {len(self._flaps)} times within an hour (mood.changes_per_hour: {self._budget:g}): "
                f"a change now has to last longer than {self._dwell:g} s, up to {self._dwell * WIDEST:g} s"
            )
        if self._wide and len(self._flaps) <= self._budget * 0.9:
            self._wide = False
            return f"mood changes are within mood.changes_per_hour again: a change has to last {self._dwell:g} s"
        return None

    @property
    def factor(self) -> float:
        return min(max(len(self._flaps) / self._budget, 1.0) ** 2, WIDEST)

    @property
    def dwell_seconds(self) -> float:
        """The dwell now in force."""
        return self._dwell * self.factor

    @property
    def changes_per_hour(self) -> float:
        """Changes of any kind within the last hour."""
        return float(len(self._all))
