"""What the expressions of each quarter of an hour were, as the history keeps it. Pure."""

from edge.past import Quarter
from edge.records import LABELS

QUARTER_SECONDS = 900.0
#: What was shown between two looks further apart is unknown.
LONGEST_LOOK_SECONDS = 1.0


class Quarters:
    """Adds up for how long each expression was shown. All times are wall-clock seconds."""

    def __init__(self) -> None:
        self._start: float | None = None
        self._seconds = [0.0] * len(LABELS)
        self._looked: float | None = None

    def look(self, expression: str, now: float) -> Quarter | None:
        """What is shown at `now`: one of LABELS, or another word where nobody is in view. Returns the quarter that is
        over, if one is in which somebody was seen."""
        over = self.due(now)
        elapsed = 0.0 if self._looked is None else min(max(now - self._looked, 0.0), LONGEST_LOOK_SECONDS)
        self._looked = now
        if expression in LABELS:
            self._start = now // QUARTER_SECONDS * QUARTER_SECONDS
            self._seconds[LABELS.index(expression)] += elapsed
        return over

    def due(self, now: float) -> Quarter | None:
        """The quarter that is over at `now`; None where none is, or nobody was seen in it."""
        if self._start is None or self._start == now // QUARTER_SECONDS * QUARTER_SECONDS:
            return None
        return self.end()

    def end(self) -> Quarter | None:
        """What there is of the present quarter; it begins anew."""
        start, seconds = self._start, tuple(self._seconds)
        self._start, self._seconds = None, [0.0] * len(LABELS)
        return None if start is None or not any(seconds) else Quarter(start, seconds)
