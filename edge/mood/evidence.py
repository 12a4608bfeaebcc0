"""What the faces in view say, smoothed in continuous time, and how it is weighed: the formulas of docs/mood.md."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.records import LABELS, Scores

#: Seven numbers in the order of LABELS.
Vector = npt.NDArray[np.float64]

#: A look stands for the time since the one before it, but never for longer: one look alone proves little.
LONGEST_LOOK_SECONDS = 0.5
#: What a track's first look stands for, there being none before it.
FIRST_LOOK_SECONDS = 0.1
#: A track is forgotten so many time constants after its last look: e^-5 of its looks is left.
FORGOTTEN_AFTER = 5.0

#: An expression that hurts when it is wrong needs clearer evidence: it starts this far behind `neutral` and `happy`.
#: A calm face's smoothed `sad` and a talking mouth's `surprise` stay below what that asks; see docs/mood.md.
CAUTION = {"angry": 0.1, "disgust": 0.1, "fear": 0.1, "sad": 0.1, "surprise": 0.2}
HANDICAP: Vector = np.array([CAUTION.get(label, 0.0) for label in LABELS])
#: In company a face's scores are raised to this power before they are mixed with the others': a face that is clear by
#: itself says one thing then, not seven.
SHARPNESS = 3.0


@dataclass(slots=True)
class _Track:
    """One face's looks. `mass` is what they are worth together (0–1), `sums` their scores weighed by it."""

    width: float
    looked: float
    mass: float
    sums: Vector


class Evidence:
    """Exponential smoothing with the time constant `smoothing_seconds`, a track at a time."""

    def __init__(self, smoothing_seconds: float) -> None:
        self._tau = smoothing_seconds
        self._tracks: dict[int, _Track] = {}
        self._now: float | None = None

    def configure(self, smoothing_seconds: float) -> None:
        """Another time constant from now on."""
        self._tau = smoothing_seconds

    def fade(self, now: float) -> None:
        """Everything ages to `now`; tracks that were not looked at for long go. Shares between the tracks stay."""
        if self._now is not None and now > self._now:
            keep = math.exp(-(now - self._now) / self._tau)
            for track in self._tracks.values():
                track.mass *= keep
                track.sums = track.sums * keep
            oldest = now - FORGOTTEN_AFTER * self._tau
            self._tracks = {key: track for key, track in self._tracks.items() if track.looked >= oldest}
        self._now = now

    def add(self, track: int, scores: Scores, quality: float, width: float) -> float:
        """One look, at the time last given to `fade`. Returns the seconds it stands for."""
        assert self._now is not None, "fade(now) comes before add"
        kept = self._tracks.get(track)
        if kept is None:
            seconds = FIRST_LOOK_SECONDS
            kept = self._tracks[track] = _Track(width, self._now, 0.0, np.zeros(len(LABELS)))
        else:
            seconds = min(max(self._now - kept.looked, 0.0), LONGEST_LOOK_SECONDS)
        weight = quality * -math.expm1(-seconds / self._tau)
        kept.mass += weight
        kept.sums = kept.sums + weight * np.array(scores)
        kept.looked, kept.width = self._now, max(width, 1.0)
        return seconds

    def faces(self) -> list[tuple[float, Vector]]:
        """Each track's share of what is seen, by mass · width of the face (near and well seen counts most; they sum to
        1), and its smoothed scores. Empty: no evidence."""
        tracks = [track for track in self._tracks.values() if track.mass > 0.0]
        whole = sum(track.mass * track.width for track in tracks)
        return [(track.mass * track.width / whole, track.sums / track.mass) for track in tracks]

    def drop(self, track: int) -> None:
        """What was seen of this face counts no more."""
        self._tracks.pop(track, None)

    def forget(self) -> None:
        self._tracks.clear()
        self._now = None


def mix(faces: Sequence[tuple[float, Vector]]) -> Vector:
    """The faces' scores, weighed by their shares: what is shown as the room's."""
    return np.asarray(sum(share * scores for share, scores in faces), np.float64)


def compare(faces: Sequence[tuple[float, Vector]]) -> tuple[Vector, Vector]:
    """The room's scores with their handicap, and without it (bare).

    `faces`: of each its share of what is seen (they sum to 1) and its smoothed scores. One face runs with its scores
    less the handicap. In company each face first says what it is for itself, and what the faces say is mixed: nothing
    has to be clear in the mix that is clear in every face; there both vectors come to the same. From one to the other
    there is no step: somebody who comes or goes has next to no share.
    """
    bare = mix(faces)
    running = bare - HANDICAP
    company = _company([share for share, _ in faces])
    if not company:
        return running, bare
    votes = mix([(share, _vote(scores)) for share, scores in faces])
    return running + company * (votes - running), bare + company * (votes - bare)


def _company(shares: Sequence[float]) -> float:
    """0 for one face, 1 from where the second of two has a fifth of what is seen.

    1 / Σ share² is the number of equal shares that are as uneven as these (Kish, "Survey Sampling", 1965: the
    effective sample size): 1 to 1.5 of them are taken as 0 to 1.
    """
    return min(2.0 * (1.0 / sum(share * share for share in shares) - 1.0), 1.0) if len(shares) > 1 else 0.0


def _vote(scores: Vector) -> Vector:
    """What one face says it is: its handicapped scores, sharpened; they sum to 1."""
    powers = np.maximum(scores - HANDICAP, 0.0) ** SHARPNESS
    whole = powers.sum()
    return np.asarray(powers / whole if whole > 0.0 else powers, np.float64)


def margins(present: int | None, running: Vector, bare: Vector, enter: float, leave: float, lead: float) -> Vector:
    """By how much each expression meets what it needs to follow the one at `present`; negative where it does not.

    A clear expression reaches `enter` and leads the present one by `lead`. An unclear one only follows a present one
    that has fallen below `leave`, and then has to lead it without the present one's own handicap: a face half-way
    between two expressions keeps the one it had. With `present` None there is none yet: reach `enter`, and lead the
    second by `lead`.
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
