"""Looks at a made-up face: its scores wander as a real classifier's do. For the tests of the mood and for measuring.

Log odds against neutral follow an AR(1) process in continuous time. STEADY has the level of a recording (not in this
repository) of a calm person who listens and talks, a model's scores of every frame: there 4.8 % of the looks do not say
neutral, here 5.7 %; the scores of neutral, sad and surprise swing by 0.14, 0.09 and 0.16 (standard deviation), here by
0.16, 0.09 and 0.16.
"""

import math
from random import Random

from edge.records import LABELS, Scores

#: label: mean and standard deviation of the log odds against neutral, and their correlation time in seconds.
STEADY = {
    "angry": (-4.3, 0.68, 0.8),
    "disgust": (-5.2, 0.77, 0.8),
    "fear": (-5.7, 1.36, 0.6),
    "happy": (-5.4, 1.62, 1.2),
    "sad": (-1.9, 0.77, 1.0),
    "surprise": (-4.1, 2.47, 0.3),
}


class Wander:
    """A face that stays the same, looked at through a real classifier's noise."""

    def __init__(self, seed: int, means: dict[str, float] | None = None, noise: float = 1.0) -> None:
        self._random, self._noise = Random(seed), noise
        self._means = {label: mean for label, (mean, _, _) in STEADY.items()} | (means or {})
        self._state = {label: self._random.gauss(0, 1) for label in STEADY}
        self._now: float | None = None

    def at(self, now: float) -> Scores:
        elapsed = 0.0 if self._now is None else now - self._now
        self._now = now
        odds = {"neutral": 1.0}
        for label, (_, deviation, correlation) in STEADY.items():
            keep = math.exp(-elapsed / correlation)
            self._state[label] = keep * self._state[label] + math.sqrt(1 - keep * keep) * self._random.gauss(0, 1)
            odds[label] = math.exp(self._means[label] + self._noise * deviation * self._state[label])
        whole = sum(odds.values())
        return tuple(odds[label] / whole for label in LABELS)
