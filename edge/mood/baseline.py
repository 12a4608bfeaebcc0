"""The resting face: the scores of a calm face before this device, learned slowly or calibrated once."""

import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.records import LABELS, Scores

#: Only these are corrected, against `neutral`; a smile is never a resting face.
CORRECTED = ("angry", "disgust", "fear", "sad", "surprise")
#: The average at the start and after `reset`: scores of the shipped kind of model for a calm face.
CALM: Scores = (0.01, 0.005, 0.005, 0.03, 0.78, 0.14, 0.03)
#: A label's average odds against neutral above which it is corrected: people are sad now and then.
TOLERATED_ODDS = 0.5
#: Strongest correction learned, in natural log odds against neutral (e^1.2: 3.3 times). 0.85 sad stays sad.
LEARNED_LIMIT = 1.2
#: Strongest correction by a calibration (e^2: 7.4 times), and the odds against neutral that it leaves: 1 to 4.
CALIBRATED_LIMIT = 2.0
CALIBRATED_ODDS = 0.25
#: A look teaches for at most this long, whatever the frame rate.
LONGEST_LESSON_SECONDS = 1.0

_NEUTRAL = LABELS.index("neutral")
_HAPPY = LABELS.index("happy")
_FLOOR = 1e-4
_VERSION = 1


def _against_neutral(scores: Scores) -> Scores:
    """Natural log odds of each label against neutral."""
    neutral = max(scores[_NEUTRAL], _FLOOR)
    return tuple(math.log(max(score, _FLOOR) / neutral) for score in scores)


def _compute_shifts(face: Scores, odds: float, limit: float) -> Scores:
    """By how much each label is lowered, in log odds: how far `face` exceeds `odds`, from 0 to `limit`."""
    return tuple(
        min(max(log - math.log(odds), 0.0), limit) if label in CORRECTED else 0.0
        for label, log in zip(LABELS, _against_neutral(face), strict=True)
    )


@dataclass
class Baseline:
    """The device's long-run average of raw scores, and the calibrated face, which its owner called neutral.

    Each lowers the odds of CORRECTED against neutral by a bounded factor; the stronger one applies. Neither raises a
    label against happy or neutral, so no label can lock in. The calibrated face's factor shrinks by as much as a look
    exceeds that face; the learned one does not, for it is an average of all people.
    """

    hours: float
    average: Scores = CALM
    calibrated: Scores | None = None
    _learned_shift: Scores = field(init=False, repr=False)
    _calibrated_shift: Scores | None = field(init=False, repr=False)
    _resting_odds: Scores = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._recompute()

    def _recompute(self) -> None:
        self._learned_shift = _compute_shifts(self.average, TOLERATED_ODDS, LEARNED_LIMIT)
        self._calibrated_shift = self.calibrated and _compute_shifts(self.calibrated, CALIBRATED_ODDS, CALIBRATED_LIMIT)
        self._resting_odds = _against_neutral(self.calibrated or self.average)

    def learn(self, scores: Scores, quality: float, seconds: float) -> None:
        """Adds a look that stands for `seconds` in view."""
        gain = -math.expm1(-min(seconds, LONGEST_LESSON_SECONDS) * quality / (self.hours * 3600.0))
        self.average = tuple(old + gain * (new - old) for old, new in zip(self.average, scores, strict=True))
        self._recompute()

    def correct(self, scores: Scores) -> Scores:
        """The scores without the resting face; they sum to 1."""
        lowered = [score * math.exp(-shift) for score, shift in zip(scores, self._shift(scores), strict=True)]
        whole = sum(lowered)
        return tuple(score / whole for score in lowered) if whole > 0 else scores

    def _shift(self, scores: Scores) -> Scores:
        """By how much each label of this look is lowered, in log odds."""
        calibrated = self._calibrated_shift
        if calibrated is None:
            return self._learned_shift
        odds = zip(_against_neutral(scores), self._resting_odds, strict=True)
        reduced = map(operator.sub, calibrated, (max(now - resting, 0.0) for now, resting in odds))
        return tuple(max(*pair) for pair in zip(self._learned_shift, reduced, strict=True))

    def calibrate(self, face: Scores) -> None:
        """Takes `face`, the mean of several looks, as the owner's calm face."""
        self.calibrated = face
        self._recompute()

    def reset(self) -> None:
        """Forgets the calibration and everything learned."""
        self.average, self.calibrated = CALM, None
        self._recompute()

    def to_dict(self) -> dict[str, object]:
        """For a JSON file; `restore` reads it."""
        return {
            "version": _VERSION,
            "labels": list(LABELS),
            "average": [round(score, 6) for score in self.average],
            "calibrated": None if self.calibrated is None else [round(score, 6) for score in self.calibrated],
        }

    def restore(self, data: object) -> None:
        """Reads what `to_dict` gave. Raises ValueError with one line, and then changes nothing."""
        if not isinstance(data, Mapping) or data.get("version") != _VERSION:
            raise ValueError(f"not a baseline of version {_VERSION}")
        if data.get("labels") != list(LABELS):
            raise ValueError("its labels are not this model's")
        average = _scores(data.get("average"), "average")
        calibrated = None if data.get("calibrated") is None else _scores(data.get("calibrated"), "calibrated")
        self.average, self.calibrated = average, calibrated
        self._recompute()


def _scores(value: object, key: str) -> Scores:
    found = value if isinstance(value, list) else []
    numbers = [v for v in found if isinstance(v, float | int) and not isinstance(v, bool)]
    if len(numbers) != len(LABELS) or not all(0.0 <= v <= 1.0 for v in numbers) or not 0.9 < sum(numbers) < 1.1:
        raise ValueError(f"{key} is not {len(LABELS)} shares that sum to 1")
    return tuple(float(v) for v in numbers)


#: How long a calibration lasts, its fewest looks, and the least share of its time that they must cover.
CALIBRATION_SECONDS = 5.0
CALIBRATION_LOOKS = 5
CALIBRATION_SHARE = 0.5


@dataclass
class Calibration:
    """Collects looks of the owner's neutral face for CALIBRATION_SECONDS from `start`."""

    start: float
    looks: int = 0
    covered: float = 0.0
    weight: float = 0.0
    sums: list[float] = field(default_factory=lambda: [0.0] * len(LABELS))

    def add(self, scores: Scores, quality: float, seconds: float) -> None:
        """Adds a look at the nearest face that stands for `seconds`; raw scores."""
        weight = quality * seconds
        self.looks += 1
        self.covered += seconds
        self.weight += weight
        self.sums = [total + weight * score for total, score in zip(self.sums, scores, strict=True)]

    def is_over(self, now: float) -> bool:
        return now - self.start >= CALIBRATION_SECONDS

    def result(self) -> Scores:
        """The mean face. Raises ValueError with one line that says what to do differently."""
        if self.looks < CALIBRATION_LOOKS or self.covered < CALIBRATION_SECONDS * CALIBRATION_SHARE:
            raise ValueError("the face was not seen for long enough: sit nearer, face the camera, in better light")
        mean = tuple(total / self.weight for total in self.sums)
        if mean[_HAPPY] > 0.5:
            raise ValueError("the face looked happy: keep a calm face")
        return mean
