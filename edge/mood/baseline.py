"""The resting face: what a calm face reads as in front of this device, learned slowly or shown once."""

import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.records import LABELS, Scores

#: Only these are corrected, against `neutral`; a smile is taken for no resting face.
CORRECTED = ("angry", "disgust", "fear", "sad", "surprise")
#: Where learning starts: what the shipped kind of model says of a calm face, and what it returns to on `reset`.
CALM: Scores = (0.01, 0.005, 0.005, 0.03, 0.78, 0.14, 0.03)
#: A mood may average this share of neutral before anything is corrected: people are sad now and then.
TOLERATED_ODDS = 0.5
#: Strongest correction learned, in natural log odds against neutral (e^1.2: 3.3 times). 0.85 sad stays sad.
LEARNED_LIMIT = 1.2
#: Strongest correction shown by the owner (e^2: 7.4 times), and what it leaves: odds of 1 to 4.
CALIBRATED_LIMIT = 2.0
CALIBRATED_ODDS = 0.25
#: A step teaches for at most this long, whatever the frame rate.
LONGEST_LESSON_SECONDS = 1.0

_NEUTRAL = LABELS.index("neutral")
_HAPPY = LABELS.index("happy")
_FLOOR = 1e-4
_VERSION = 1


def _against_neutral(scores: Scores) -> Scores:
    """Natural log odds of each label against neutral."""
    neutral = max(scores[_NEUTRAL], _FLOOR)
    return tuple(math.log(max(score, _FLOOR) / neutral) for score in scores)


def _shifts(face: Scores, odds: float, limit: float) -> Scores:
    """How much each label is lowered, in log odds: what `face` exceeds `odds` by, from 0 to `limit`."""
    return tuple(
        min(max(log - math.log(odds), 0.0), limit) if label in CORRECTED else 0.0
        for label, log in zip(LABELS, _against_neutral(face), strict=True)
    )


@dataclass
class Baseline:
    """The device's long-run average of raw scores, and the face its owner called neutral.

    Both lower the odds of the dark moods and of surprise against neutral by a bounded factor, the stronger of the
    two; they never raise anything above what the model said of it against happy or neutral, so nothing can lock in.
    What a look has beyond the face that was shown is no part of that face: by so much its factor shrinks, down to none.
    What was learned is an average of everybody, and nobody's face; its factor stays the same.
    """

    hours: float
    average: Scores = CALM
    calibrated: Scores | None = None
    _learned: Scores = field(init=False, repr=False)
    _shown: Scores | None = field(init=False, repr=False)
    _rest: Scores = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._weigh()

    def _weigh(self) -> None:
        self._learned = _shifts(self.average, TOLERATED_ODDS, LEARNED_LIMIT)
        self._shown = self.calibrated and _shifts(self.calibrated, CALIBRATED_ODDS, CALIBRATED_LIMIT)
        self._rest = _against_neutral(self.calibrated or self.average)

    def learn(self, scores: Scores, quality: float, seconds: float) -> None:
        """One look that stands for `seconds`: time in view counts, not time of day."""
        gain = -math.expm1(-min(seconds, LONGEST_LESSON_SECONDS) * quality / (self.hours * 3600.0))
        self.average = tuple(old + gain * (new - old) for old, new in zip(self.average, scores, strict=True))
        self._weigh()

    def correct(self, scores: Scores) -> Scores:
        """The scores with the resting face taken out; they sum to 1."""
        lowered = [score * math.exp(-shift) for score, shift in zip(scores, self._shift(scores), strict=True)]
        whole = sum(lowered)
        return tuple(score / whole for score in lowered) if whole > 0 else scores

    def _shift(self, scores: Scores) -> Scores:
        """How much each label of this look is lowered, in log odds."""
        if self._shown is None:
            return self._learned
        beyond = (max(odds - rest, 0.0) for odds, rest in zip(_against_neutral(scores), self._rest, strict=True))
        return tuple(max(*pair) for pair in zip(self._learned, map(operator.sub, self._shown, beyond), strict=True))

    def calibrate(self, face: Scores) -> None:
        """Takes the mean of several looks as what the owner's calm face reads as."""
        self.calibrated = face
        self._weigh()

    def reset(self) -> None:
        """Forgets the calibration and everything learned."""
        self.average, self.calibrated = CALM, None
        self._weigh()

    def to_dict(self) -> dict[str, object]:
        """For a JSON file; `restore` takes it back."""
        return {
            "version": _VERSION,
            "labels": list(LABELS),
            "average": [round(score, 6) for score in self.average],
            "calibrated": None if self.calibrated is None else [round(score, 6) for score in self.calibrated],
        }

    def restore(self, data: object) -> None:
        """Takes what `to_dict` gave. Raises ValueError with one line; then nothing has changed."""
        if not isinstance(data, Mapping) or data.get("version") != _VERSION:
            raise ValueError(f"not a baseline of version {_VERSION}")
        if data.get("labels") != list(LABELS):
            raise ValueError("its labels are not this model's")
        average = _scores(data.get("average"), "average")
        calibrated = None if data.get("calibrated") is None else _scores(data.get("calibrated"), "calibrated")
        self.average, self.calibrated = average, calibrated
        self._weigh()


def _scores(value: object, key: str) -> Scores:
    found = value if isinstance(value, list) else []
    numbers = [v for v in found if isinstance(v, float | int) and not isinstance(v, bool)]
    if len(numbers) != len(LABELS) or not all(0.0 <= v <= 1.0 for v in numbers) or not 0.9 < sum(numbers) < 1.1:
        raise ValueError(f"{key} is not {len(LABELS)} shares that sum to 1")
    return tuple(float(v) for v in numbers)


#: Fewest looks, and least time they must span, to call a face anybody's neutral one.
CALIBRATION_LOOKS = 5
CALIBRATION_SHARE = 0.5


@dataclass
class Calibration:
    """Collects the looks of "this is my neutral face" for `seconds` from `start`."""

    start: float
    seconds: float
    looks: int = 0
    covered: float = 0.0
    weight: float = 0.0
    sums: list[float] = field(default_factory=lambda: [0.0] * len(LABELS))

    def add(self, scores: Scores, quality: float, seconds: float) -> None:
        """A look at the nearest face, raw scores, standing for `seconds`."""
        weight = quality * seconds
        self.looks += 1
        self.covered += seconds
        self.weight += weight
        self.sums = [total + weight * score for total, score in zip(self.sums, scores, strict=True)]

    def over(self, now: float) -> bool:
        return now - self.start >= self.seconds

    def result(self) -> Scores:
        """The mean face. Raises ValueError with one line that says what to do differently."""
        if self.looks < CALIBRATION_LOOKS or self.covered < self.seconds * CALIBRATION_SHARE:
            raise ValueError("the face was not seen for long enough: sit nearer, face the camera, in better light")
        mean = tuple(total / self.weight for total in self.sums)
        if mean[_HAPPY] > 0.5:
            raise ValueError("the face looked happy: keep a calm face")
        return mean
