"""The gate: what is asked for, what was measured, and whether it holds."""

import numpy as np
import pytest

pytest.importorskip("PIL", reason="Pillow is not installed (requirements-train.txt)")

from edge.records import LABELS
from tests.train.faces import faces
from train.evaluate import evaluate
from train.gate import FIGURES, figure_of, figures, judged
from train.metrics import score


def test_every_figure_that_a_recipe_may_name_is_measured() -> None:
    known = faces(each=2)
    sure = np.eye(len(LABELS))[known.labels]
    found = figures(evaluate("m", "saying", sure, known, None), 1000, {"ck48": score(sure, known.labels)})
    assert set(FIGURES) <= set(found)
    assert (found["crowd accuracy"], found["neutral recall"], found["neutral called sad"]) == (1, 1, 0)
    assert found["ck48 balanced accuracy"] == found["ck48 sad recall"] == 1


def test_it_holds_where_every_figure_does() -> None:
    found = {"crowd accuracy": 0.9, "neutral called sad": 0.05, "bytes": 1_400_000.0}
    gate = {"crowd accuracy": 0.88, "neutral called sad at most": 0.04, "bytes at most": 1.5e6, "ck48 accuracy": 0.7}
    table, failed = judged(gate, found, ["ck48"])
    assert failed == ["neutral called sad at most"]
    assert figure_of("bytes at most") == "bytes"
    assert "| crowd accuracy | ≥ 88.0 % | 90.0 % | yes |" in table
    assert "| neutral called sad | ≤ 4.0 % | 5.0 % | **no** |" in table
    assert "| bytes | ≤ 1,500,000 | 1,400,000 | yes |" in table
    assert "| ck48 accuracy | ≥ 70.0 % | not measured |  |" in table
    assert judged({"crowd accuracy": 0.5}, {})[1], "no votes, no crowd: that is not enough"
