"""The numbers that others record, told when they have moved: a still picture is not to fill their disks. Pure.

The exact ones are in the state, every ten seconds.
"""

from dataclasses import dataclass

from edge.records import LABELS, Status

#: A number is told again once it has moved by so many points of a hundred.
STEP_POINTS = 5
#: And not sooner after the last one, unless a label has changed.
STEADY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Figures:
    """In percent, but for `faces`; None where there is nothing to say: nobody's mood has no strength. `shares` are in
    the order of LABELS."""

    strength: int | None
    confidence: int | None
    faces: int | None
    shares: tuple[int | None, ...]

    def to_json(self) -> dict[str, object]:
        shares = dict(zip(LABELS, self.shares, strict=True))
        return {"strength": self.strength, "confidence": self.confidence, "faces": self.faces, "shares": shares}


def steady(status: Status, told: Figures | None = None) -> Figures:
    """What is to be told now; where a number has hardly moved, the one that was `told`."""

    def percent(share: float, known: bool, before: int | None) -> int | None:
        if not known:
            return None
        points = share * 100
        if before is not None and abs(points - before) < STEP_POINTS:
            return before
        return round(points)

    mood, shown = status.mood in LABELS, status.expression in LABELS
    shares = told.shares if told else (None,) * len(LABELS)
    return Figures(
        percent(status.strength, mood, told.strength if told else None),
        percent(status.confidence, shown, told.confidence if told else None),
        None if status.presence is None else len(status.faces),
        tuple(percent(share, mood, before) for share, before in zip(status.shares, shares, strict=True)),
    )


class Steady:
    """The figures of one status after the other, told at most every STEADY_SECONDS unless a label changes."""

    def __init__(self) -> None:
        self._told: Figures | None = None
        self._labels: tuple[object, ...] = ()
        self._at = 0.0

    def of(self, status: Status, now: float) -> Figures:
        """`now` is monotonic."""
        labels = status.mood, status.expression, status.presence
        if self._told is None or labels != self._labels:
            self._told, self._labels, self._at = steady(status), labels, now
        elif now - self._at >= STEADY_SECONDS and (figures := steady(status, self._told)) != self._told:
            self._told, self._at = figures, now
        return self._told
