"""Float against int8 on the same faces, and the temperature that makes the scores honest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from edge.records import LABELS
from train.arrays import Array
from train.errors import TrainError
from train.metrics import calibration_error, score, soften


@dataclass(frozen=True)
class Comparison:
    """What the conversion cost, against one truth (`crowd` or `label`)."""

    against: str
    whole: dict[str, Any]
    """metrics.score of the float model."""
    small: dict[str, Any]
    """metrics.score of the int8 one."""
    agreement: float
    """Share of all faces in which both say the same."""

    @property
    def drop(self) -> float:
        """Share of the accuracy that was lost; negative where int8 is better."""
        return float(self.whole["accuracy"] - self.small["accuracy"])

    def check(self, max_drop: float) -> None:
        """Raises TrainError if more than `max_drop` was lost."""
        if not self.drop <= max_drop:
            raise TrainError(
                f"int8 loses {self.drop * 100:.2f} points of {self.against} accuracy "
                f"({self.whole['accuracy'] * 100:.2f} → {self.small['accuracy'] * 100:.2f} %), more than "
                f"--max-drop {max_drop * 100:g} points: nothing was written"
            )

    def as_text(self) -> str:
        rows = [f"{'against the ' + self.against:22}{'float':>9}{'int8':>9}"]
        for key in ("accuracy", "balanced_accuracy", "ece"):
            rows.append(f"{key:22}{self.whole[key] * 100:>7.2f} %{self.small[key] * 100:>7.2f} %")
        for label in LABELS:
            before, after = (part["per_class"][label]["recall"] for part in (self.whole, self.small))
            rows.append(f"  {label:20}{before * 100:>7.2f} %{after * 100:>7.2f} %")
        return "\n".join([*rows, f"{'same answer':22}{self.agreement * 100:>7.2f} %"])


def compare(whole: Array, small: Array, truth: Array, against: str) -> Comparison:
    """Of the probabilities [n, 7] of both models; `truth` [n] is -1 where a face does not count."""
    counts = truth >= 0
    same = whole.argmax(axis=1) == small.argmax(axis=1)
    return Comparison(
        against, score(whole[counts], truth[counts]), score(small[counts], truth[counts]), float(same.mean())
    )


def fit_temperature(probabilities: Array, truth: Array) -> float:
    """The T for which p^(1/T) is best calibrated (lowest ECE; of equals the one nearest to 1), to 0.01.

    Calibration is judged on the scores as the device has them, in int8. `truth` is -1 where a face does not count.
    """
    counts = truth >= 0
    p, t = probabilities[counts], truth[counts]
    candidates = np.round(np.arange(0.3, 3.005, 0.01), 2)
    errors = [calibration_error(soften(p, float(c)), t) for c in candidates]
    # The error of one temperature is noisy; its mean over the neighbours is not.
    smooth = np.convolve(np.pad(errors, 2, mode="edge"), np.full(5, 0.2), mode="valid")
    return float(min(zip(smooth, np.abs(np.log(candidates)), candidates, strict=True))[2])
