"""Smooths the scores of the faces in view over time, and weighs them: the formulas of docs/mood.md."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.records import LABELS, Scores

#: Seven numbers in the order of LABELS.
Vector = npt.NDArray[np.float64]

#: A look stands for the time since the last one, but for no longer than this: one look alone proves little.
LONGEST_LOOK_SECONDS = 0.5
#: A track's first look stands for this time.
FIRST_LOOK_SECONDS = 0.1
#: A track is forgotten so many time constants after its last look: e^-5 of its looks is left.
FORGOTTEN_AFTER = 5.0

#: An expression that hurts when it is wrong needs clearer evidence: this is taken off its scores. The smoothed `sad` of
#: a calm face and `surprise` of a talking mouth stay below that (docs/mood.md).
CAUTION = {"angry": 0.1, "disgust": 0.1, "fear": 0.1, "sad": 0.1, "surprise": 0.2}
HANDICAP: Vector = np.array([CAUTION.get(label, 0.0) for label in LABELS])
#: With several faces, each one's scores are raised to this power before they are mixed: a face that is clear alone then
#: votes for one expression.
SHARPNESS = 3.0


@dataclass(slots=True)
class _Looks:
    """One face's looks: `mass` is their total weight (0–1), `sums` the weighted sum of their scores."""

    width: float
    looked: float
    mass: float
    sums: Vector


class Evidence:
    """Exponential smoothing with the time constant `smoothing_seconds`, a track at a time."""

    def __init__(self, smoothing_seconds: float) -> None:
        self._tau = smoothing_seconds
        self._tracks: dict[int, _Looks] = {}
        self._now: float | None = None

    def configure(self, smoothing_seconds: float) -> None:
        """Sets the time constant."""
        self._tau = smoothing_seconds

    def fade(self, now: float) -> None:
        """Ages all looks to `now`, and forgets tracks without a look for long. The tracks' shares stay."""
        if self._now is not None and now > self._now:
            keep = math.exp(-(now - self._now) / self._tau)
            for track in self._tracks.values():
                track.mass *= keep
                track.sums = track.sums * keep
            oldest = now - FORGOTTEN_AFTER * self._tau
            self._tracks = {key: track for key, track in self._tracks.items() if track.looked >= oldest}
        self._now = now

    def add(self, track: int, scores: Scores, quality: float, width: float) -> float:
        """Adds a look at the time last given to `fade`. Returns the seconds it stands for."""
        assert self._now is not None, "fade(now) comes before add"
        kept = self._tracks.get(track)
        if kept is None:
            seconds = FIRST_LOOK_SECONDS
            kept = self._tracks[track] = _Looks(width, self._now, 0.0, np.zeros(len(LABELS)))
        else:
            seconds = min(max(self._now - kept.looked, 0.0), LONGEST_LOOK_SECONDS)
        weight = quality * -math.expm1(-seconds / self._tau)
        kept.mass += weight
        kept.sums = kept.sums + weight * np.array(scores)
        kept.looked, kept.width = self._now, max(width, 1.0)
        return seconds

    def weigh_tracks(self) -> list[tuple[float, Vector]]:
        """Each track's share, by mass · width of the face (near and well seen faces count most; the shares sum to 1),
        and its smoothed scores. Empty: no evidence."""
        tracks = [track for track in self._tracks.values() if track.mass > 0.0]
        whole = sum(track.mass * track.width for track in tracks)
        return [(track.mass * track.width / whole, track.sums / track.mass) for track in tracks]

    def drop(self, track: int) -> None:
        """Forgets this face's looks."""
        self._tracks.pop(track, None)

    def forget(self) -> None:
        self._tracks.clear()
        self._now = None


def mix(faces: Sequence[tuple[float, Vector]]) -> Vector:
    """The room's scores: those of the faces, weighted by their shares."""
    return np.asarray(sum(share * scores for share, scores in faces), np.float64)


def compare(faces: Sequence[tuple[float, Vector]]) -> tuple[Vector, Vector]:
    """The room's scores with their handicap, and without it (bare).

    `faces`: of each its share (they sum to 1) and its smoothed scores. For one face the first vector is its scores less
    the handicap. In company both are the mix of the faces' votes: what is clear in every face need not be clear in the
    mix. The change is gradual, for somebody who comes or goes has a small share.
    """
    bare = mix(faces)
    running = bare - HANDICAP
    company = _company([share for share, _ in faces])
    if not company:
        return running, bare
    votes = mix([(share, _vote(scores)) for share, scores in faces])
    return running + company * (votes - running), bare + company * (votes - bare)


def _company(shares: Sequence[float]) -> float:
    """0 for one face, 1 where the second of two has a fifth or more: an effective number of faces, 1 / Σ share² (Kish,
    "Survey Sampling", 1965: the effective sample size), of 1 to 1.5 gives 0 to 1."""
    return min(2.0 * (1.0 / sum(share * share for share in shares) - 1.0), 1.0) if len(shares) > 1 else 0.0


def _vote(scores: Vector) -> Vector:
    """One face's handicapped scores, sharpened; they sum to 1."""
    powers = np.maximum(scores - HANDICAP, 0.0) ** SHARPNESS
    whole = powers.sum()
    return np.asarray(powers / whole if whole > 0.0 else powers, np.float64)


def margins(present: int | None, running: Vector, bare: Vector, enter: float, leave: float, lead: float) -> Vector:
    """By how much each expression exceeds what it needs to replace the one at index `present`; negative: it does not.

    It needs `enter`, and to lead the present one by `lead`. Once the present one is below `leave` it only has to lead
    it by `lead`, the present one counted without its handicap: a face half-way between two expressions keeps the one it
    had. With `present` None it needs `enter`, and to lead the second by `lead`.
    """
    if present is None:
        second, first = np.sort(running)[-2:]
        rival = np.where(running == first, second, first)
        return np.minimum(running - enter, running - rival - lead)
    held = running[present]
    clear = np.minimum(running - enter, running - held - lead)
    faded = np.minimum(leave - held, running - bare[present] - lead)
    found = np.maximum(clear, faded)
    found[present] = -1.0
    return found
