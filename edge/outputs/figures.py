"""The numbers that others record. They are sent only when they have changed much, to save disk space there. Pure.

The exact ones are in the state, every ten seconds.
"""

from dataclasses import dataclass

from edge.records import LABELS, Status

#: A number is sent again after a change by so many percentage points.
STEP_POINTS = 5
#: The shortest time between two sets of figures, unless a label changes.
STEADY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Figures:
    """In percent, except `faces`; None where there is no value, as without a mood. `shares` in the order of LABELS."""

    strength: int | None
    confidence: int | None
    face_count: int | None
    shares: tuple[int | None, ...]

    def to_json(self) -> dict[str, object]:
        shares = dict(zip(LABELS, self.shares, strict=True))
        return {"strength": self.strength, "confidence": self.confidence, "faces": self.face_count, "shares": shares}


def steady(status: Status, sent: Figures | None = None) -> Figures:
    """The figures to send now; a number that hardly changed stays as it was in `sent`."""

    def percent(share: float, known: bool, before: int | None) -> int | None:
        if not known:
            return None
        points = share * 100
        if before is not None and abs(points - before) < STEP_POINTS:
            return before
        return round(points)

    mood, shown = status.mood in LABELS, status.expression in LABELS
    shares = sent.shares if sent else (None,) * len(LABELS)
    return Figures(
        percent(status.strength, mood, sent.strength if sent else None),
        percent(status.confidence, shown, sent.confidence if sent else None),
        None if status.presence is None else len(status.faces),
        tuple(percent(share, mood, before) for share, before in zip(status.shares, shares, strict=True)),
    )


class Steady:
    """The figures of one status after the other, new at most every STEADY_SECONDS unless a label changes."""

    def __init__(self) -> None:
        self._sent: Figures | None = None
        self._labels: tuple[object, ...] = ()
        self._at = 0.0

    def of(self, status: Status, now: float) -> Figures:
        """`now` is monotonic."""
        labels = status.mood, status.expression, status.presence
        if self._sent is None or labels != self._labels:
            self._sent, self._labels, self._at = steady(status), labels, now
        elif now - self._at >= STEADY_SECONDS and (figures := steady(status, self._sent)) != self._sent:
            self._sent, self._at = figures, now
        return self._sent
