"""The numbers that others record. They are sent only when they have changed much, to save disk space there. Pure.

The exact strength and confidence are in the state, every ten seconds. Its shares are those the mood is chosen by, which
forget within minutes; the shares here are of the last quarter of an hour.
"""

from collections import deque
from dataclasses import dataclass

from edge.records import LABELS, Scores
from edge.status import Status

#: A number is sent again after a change by so many percentage points.
STEP_POINTS = 5
#: The shortest time between two sets of figures, unless a label changes.
STEADY_SECONDS = 60.0
QUARTER_MINUTES = 15
#: Of a longer time between two looks only this much counts.
LONGEST_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Figures:
    """In percent, except `faces`; None where there is no value, as without a mood. `shares` are of the time in the last
    quarter of an hour in which somebody was seen, in the order of LABELS."""

    strength: int | None
    confidence: int | None
    face_count: int | None
    shares: tuple[int | None, ...]

    def to_json(self) -> dict[str, object]:
        shares = dict(zip(LABELS, self.shares, strict=True))
        return {"strength": self.strength, "confidence": self.confidence, "faces": self.face_count, "shares": shares}


class LastQuarter:
    """For how long each expression was shown in the present minute and the fifteen before. `now` is monotonic."""

    def __init__(self) -> None:
        self._minutes: deque[tuple[int, list[float]]] = deque(maxlen=QUARTER_MINUTES + 1)
        self._looked: float | None = None

    def look(self, expression: str, now: float) -> None:
        """`expression` is shown at `now`: one of LABELS, or another word without a face."""
        elapsed = 0.0 if self._looked is None else min(now - self._looked, LONGEST_LOOK_SECONDS)
        self._looked = now
        if expression in LABELS:
            minute = int(now // 60)
            if not self._minutes or self._minutes[-1][0] != minute:
                self._minutes.append((minute, [0.0] * len(LABELS)))
            self._minutes[-1][1][LABELS.index(expression)] += elapsed

    def shares(self, now: float) -> Scores | None:
        """Of the time in which somebody was seen; None where nobody was."""
        recent = [seconds for minute, seconds in self._minutes if minute >= now // 60 - QUARTER_MINUTES]
        shown = [sum(of_a_label) for of_a_label in zip(*recent, strict=True)]
        return tuple(seconds / sum(shown) for seconds in shown) if sum(shown) else None


def steady(status: Status, quarter: Scores | None = None, sent: Figures | None = None) -> Figures:
    """The figures to send now; a number that hardly changed stays as it was in `sent`. `quarter` are the shares."""

    def percent(share: float | None, before: int | None) -> int | None:
        if share is None or before is None or abs(share * 100 - before) >= STEP_POINTS:
            return None if share is None else round(share * 100)
        return before

    mood, shown = status.mood in LABELS, status.expression in LABELS
    unknown = (None,) * len(LABELS)
    return Figures(
        percent(status.strength if mood else None, sent.strength if sent else None),
        percent(status.confidence if shown else None, sent.confidence if sent else None),
        None if status.presence is None else len(status.faces),
        tuple(map(percent, quarter if quarter and mood else unknown, sent.shares if sent else unknown)),
    )


class Steady:
    """The figures of one status after the other, new at most every STEADY_SECONDS unless a label changes."""

    def __init__(self) -> None:
        self._quarter = LastQuarter()
        self._sent: Figures | None = None
        self._labels: tuple[object, ...] = ()
        self._at = 0.0

    def look(self, expression: str, now: float) -> None:
        """For each status, told or not; `now` is monotonic."""
        self._quarter.look(expression, now)

    def of(self, status: Status, now: float) -> Figures:
        """What to tell of `status`."""
        labels, quarter = (status.mood, status.expression, status.presence), self._quarter.shares(now)
        if self._sent is None or labels != self._labels:
            self._sent, self._labels, self._at = steady(status, quarter), labels, now
        elif now - self._at >= STEADY_SECONDS and (figures := steady(status, quarter, self._sent)) != self._sent:
            self._sent, self._at = figures, now
        return self._sent
