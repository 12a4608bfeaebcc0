"""The looks of every track, smoothed in continuous time, and what share of the room each track is."""

import math
from dataclasses import dataclass, field

from edge.records import LABELS, Scores

#: A look stands for the time since the one before it, but never for longer: one look alone proves little.
LONGEST_LOOK_SECONDS = 0.5
#: What a track's first look stands for, there being none before it.
FIRST_LOOK_SECONDS = 0.1
#: A track whose looks have faded to this is forgotten: e^-4.6, some five time constants after its last look.
FORGOTTEN_MASS = 0.01


@dataclass(slots=True)
class TrackEvidence:
    """One track's looks. `mass` is what they are worth together (0–1), `sums` their scores weighed by it."""

    width: float
    looked: float | None = None
    mass: float = 0.0
    sums: list[float] = field(default_factory=lambda: [0.0] * len(LABELS))

    def fade(self, keep: float) -> None:
        self.mass *= keep
        self.sums = [total * keep for total in self.sums]

    def add(self, scores: Scores, weight: float) -> None:
        self.mass += weight
        self.sums = [total + weight * score for total, score in zip(self.sums, scores, strict=True)]


class Evidence:
    """Exponential smoothing with the time constant `smoothing_seconds`, a track at a time.

    A look weighs quality · (1 − e^(−Δ/τ)) with Δ the time since the track's last look, and all that is older
    fades by e^(−Δ/τ): the step response is that of one filter at any frame rate, as for any process sampled at
    uneven times (Müller, "Specially weighted moving averages with repeated application of the EMA operator", 1991;
    Eckner, "Algorithms for unevenly spaced time series", 2019). Ten looks in a tenth of a second therefore weigh
    what one would: they show the same moment ten times.
    """

    def __init__(self, smoothing_seconds: float) -> None:
        self._tau = smoothing_seconds
        self._tracks: dict[int, TrackEvidence] = {}
        self._now: float | None = None

    def configure(self, smoothing_seconds: float) -> None:
        """Another time constant from now on."""
        self._tau = smoothing_seconds

    def fade(self, now: float) -> None:
        """Everything ages to `now`; tracks too faint to matter go. Shares between the tracks stay as they were."""
        if self._now is not None and now > self._now:
            keep = math.exp(-(now - self._now) / self._tau)
            for track in self._tracks.values():
                track.fade(keep)
            self._tracks = {key: track for key, track in self._tracks.items() if track.mass >= FORGOTTEN_MASS}
        self._now = now

    def add(self, track: int, scores: Scores, quality: float, width: float) -> float:
        """One look, at the time last given to `fade`. Returns the seconds it stands for."""
        assert self._now is not None, "fade(now) comes before add"
        kept = self._tracks.setdefault(track, TrackEvidence(width))
        seconds = FIRST_LOOK_SECONDS
        if kept.looked is not None:
            seconds = min(max(self._now - kept.looked, 0.0), LONGEST_LOOK_SECONDS)
        kept.add(scores, quality * (1.0 - math.exp(-seconds / self._tau)))
        kept.looked, kept.width = self._now, max(width, 1.0)
        return seconds

    def faces(self) -> list[tuple[float, Scores]]:
        """Each track's share of what is seen, by mass · width of the face (near and well seen counts most; they sum to
        1), and its smoothed scores. Empty: no evidence."""
        whole = sum(track.mass * track.width for track in self._tracks.values())
        return [
            (track.mass * track.width / whole, tuple(total / track.mass for total in track.sums))
            for track in self._tracks.values()
            if track.mass > 0.0
        ]

    def forget(self) -> None:
        self._tracks.clear()
        self._now = None
