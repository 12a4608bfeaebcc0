"""What a conversion may cost, and the temperature that makes its scores honest."""

import numpy as np
import pytest

from convert.compare import compare, fit_temperature
from edge.errors import EdgeError
from edge.records import LABELS
from train.arrays import Array
from train.metrics import calibration_error, soften

TRUTH = np.arange(100) % len(LABELS)


def right_in(count: int) -> Array:
    """Probabilities [100, 7] that are right for the first `count` faces and wrong for the others."""
    answers = np.where(np.arange(100) < count, TRUTH, (TRUTH + 1) % len(LABELS))
    return np.asarray(np.where(np.eye(len(LABELS))[answers] > 0, 0.7, 0.05))


def test_a_model_that_lost_accuracy_is_refused_and_one_that_gained_is_not() -> None:
    compare(right_in(90), right_in(88), TRUTH, "crowd", 0.021)
    compare(right_in(88), right_in(90), TRUTH, "crowd", 0.0)
    message = "int8 loses 2.00 points of crowd accuracy (90.00 → 88.00 %), more than --max-drop 1.9 points"
    with pytest.raises(EdgeError) as raised:
        compare(right_in(90), right_in(88), TRUTH, "crowd", 0.019)
    assert str(raised.value).startswith(message)


def test_faces_without_a_truth_count_for_the_agreement_alone() -> None:
    truth = np.where(np.arange(100) < 50, TRUTH, -1)
    line = compare(right_in(100), right_in(75), truth, "crowd", 0.0)
    assert line == "crowd accuracy 100.00%, in int8 100.00%; the same answer for 75.00% of the faces"


@pytest.mark.parametrize("modest_by", [0.5, 1.0, 2.0])
def test_the_temperature_undoes_what_makes_scores_too_modest_or_too_sure(modest_by: float) -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(0.0, 2.0, (20_000, len(LABELS)))
    honest = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    truth = np.array([rng.choice(len(LABELS), p=p) for p in honest])
    given = soften(honest, modest_by)
    temperature = fit_temperature(given, truth)
    assert temperature == pytest.approx(1 / modest_by, rel=0.1)
    assert calibration_error(soften(given, temperature), truth) < 0.015


def test_a_score_of_nothing_stays_nothing() -> None:
    """As on the device, which has no least score either."""
    assert soften(np.array([[0.5, 0.5, 0, 0, 0, 0, 0]]), 3.0).tolist() == [[0.5, 0.5, 0, 0, 0, 0, 0]]
