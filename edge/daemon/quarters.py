"""The expressions of each quarter of an hour, for the history. Pure."""

from edge.past import QUARTER_SECONDS, Quarter
from edge.records import LABELS

#: Of a longer time between two looks only this much counts.
LONGEST_LOOK_SECONDS = 1.0


class Quarters:
    """Sums for how long each expression was shown. All times are wall-clock seconds."""

    def __init__(self) -> None:
        self._start: float | None = None
        self._seconds = [0.0] * len(LABELS)
        self._looked: float | None = None

    def look(self, expression: str, now: float) -> Quarter | None:
        """`expression` is shown at `now`: one of LABELS, or another word without a face. Returns `due(now)`."""
        over = self.due(now)
        elapsed = 0.0 if self._looked is None else min(max(now - self._looked, 0.0), LONGEST_LOOK_SECONDS)
        self._looked = now
        if expression in LABELS:
            self._start = now // QUARTER_SECONDS * QUARTER_SECONDS
            self._seconds[LABELS.index(expression)] += elapsed
        return over

    def due(self, now: float) -> Quarter | None:
        """The quarter that has ended by `now`; None where none has, or nobody was seen in it."""
        if self._start is None or self._start == now // QUARTER_SECONDS * QUARTER_SECONDS:
            return None
        return self.end()

    def end(self) -> Quarter | None:
        """Ends the present quarter and returns it; None where nobody was seen in it."""
        start, seconds = self._start, tuple(self._seconds)
        self._start, self._seconds = None, [0.0] * len(LABELS)
        return None if start is None or not any(seconds) else Quarter(start, seconds)
