"""Float against int8 on the same faces, and the temperature that makes the scores honest."""

from __future__ import annotations

import numpy as np

from train.arrays import Array
from train.errors import TrainError
from train.metrics import calibration_error, soften


def compare(whole: Array, small: Array, truth: Array, against: str, max_drop: float) -> str:
    """What int8 cost, in a line, from the probabilities [n, 7] of both; `truth` [n] is -1 where a face does not count.

    Raises TrainError where more than `max_drop` of the accuracy was lost.
    """
    counts = truth >= 0
    before, after = (float((each.argmax(axis=1) == truth)[counts].mean()) for each in (whole, small))
    if not before - after <= max_drop:
        raise TrainError(
            f"int8 loses {(before - after) * 100:.2f} points of {against} accuracy ({before * 100:.2f} → "
            f"{after * 100:.2f} %), more than --max-drop {max_drop * 100:g} points: nothing was written"
        )
    same = float((whole.argmax(axis=1) == small.argmax(axis=1)).mean())
    return f"{against} accuracy {before:.2%}, in int8 {after:.2%}; the same answer for {same:.2%} of the faces"


def fit_temperature(probabilities: Array, truth: Array) -> float:
    """The T for which p^(1/T) is best calibrated (lowest ECE; of equals the one nearest to 1), to 0.01.

    Calibration is judged on the scores as the device has them, in int8. `truth` is -1 where a face does not count.
    """
    p, t = probabilities[truth >= 0], truth[truth >= 0]
    candidates = np.round(np.arange(0.3, 3.005, 0.01), 2)
    errors = [calibration_error(soften(p, float(c)), t) for c in candidates]
    # The error of one temperature is noisy; its mean over the neighbours is not.
    smooth = np.convolve(np.pad(errors, 2, mode="edge"), np.full(5, 0.2), mode="valid")
    return float(min(zip(smooth, np.abs(np.log(candidates)), candidates, strict=True))[2])
