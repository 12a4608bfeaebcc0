"""The figures, on cases small enough to be counted by hand; duplicates; the evaluation's format; the report."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PIL", reason="Pillow is not installed (requirements-train.txt)")

from edge.records import LABELS
from tests.train.faces import faces
from train.arrays import Array
from train.duplicates import groups, near_duplicates
from train.evaluate import as_text, evaluate
from train.metrics import calibration_error, score, soften
from train.report import write_report


def sure(classes: list[int], confidence: float) -> Array:
    """Rows that give `confidence` to a class and share the rest evenly."""
    rows = np.full((len(classes), 7), (1 - confidence) / 6)
    rows[np.arange(len(classes)), classes] = confidence
    return rows


def test_score_counted_by_hand() -> None:
    result = score(sure([0, 0, 3, 3], 0.9), np.array([0, 3, 3, 3]))
    assert result["accuracy"] == 0.75
    assert result["balanced_accuracy"] == pytest.approx((1 + 2 / 3) / 2)
    angry = result["per_class"]["angry"]
    assert (angry["n"], angry["precision"], angry["recall"]) == (1, 0.5, 1.0)
    assert angry["f1"] == pytest.approx(2 / 3)
    assert result["confusion"][3][0] == 1
    assert result["ece"] == pytest.approx(0.9 - 0.75)


def test_score_of_nothing_is_zero_and_not_nan() -> None:
    result = score(np.zeros((0, 7)), np.zeros(0, np.int64))
    assert result["n"] == 0
    assert result["accuracy"] == result["balanced_accuracy"] == result["ece"] == 0


def test_temperature_moves_confidence_and_never_the_answer() -> None:
    p = sure([0] * 5, 0.99)
    truth = np.array([0, 0, 0, 0, 1])
    softer = soften(p, 2.0)
    assert calibration_error(softer, truth) < calibration_error(p, truth)
    assert (softer.argmax(axis=1) == p.argmax(axis=1)).all()
    assert softer.sum(axis=1) == pytest.approx(1)
    assert np.isfinite(soften(np.eye(7), 0.5)).all()


def test_near_duplicates_are_found_whatever_their_contrast() -> None:
    known = faces(each=3)
    test = faces(each=1, start=50).images.copy()
    test[2] = (known.images[9] * 0.6 + 30).astype(np.uint8)
    test[4] = known.images[20]
    test[5] = 77  # even grey correlates with nothing
    assert np.flatnonzero(near_duplicates(test, known.images)).tolist() == [2, 4]
    assert not near_duplicates(test, known.images[:0]).any()


def test_evaluation_has_the_promised_keys() -> None:
    test = faces(each=2)
    guesses = [int(label) for label in test.labels]
    guesses[0] = (guesses[0] + 1) % 7
    duplicates = np.zeros(len(test), bool)
    duplicates[0] = True
    result = evaluate("m.tflite", "PublicTest", sure(guesses, 0.8), test, duplicates)
    figures = {"n", "accuracy", "balanced_accuracy", "ece", "per_class", "confusion"}
    assert set(result) == {
        *("model", "split", "crowd", "crowd_by_agreement", "without_near_duplicates"),
        *figures,
    }
    assert set(result["crowd"]) == figures
    alone = result["without_near_duplicates"]
    assert figures <= set(alone)
    assert set(alone["crowd"]) == figures
    assert alone["crowd"]["accuracy"] == alone["balanced_accuracy"] == 1
    assert set(result["per_class"]) == set(LABELS)
    assert result["accuracy"] == pytest.approx(13 / 14)
    assert result["without_near_duplicates"]["accuracy"] == 1
    text = as_text(result)
    assert "PublicTest: 14 faces, 14 with a crowd majority" in text
    assert text.count("without near-duplicates of Training: 13 faces, accuracy 100.00%") == 2
    assert text.count("against the crowd") == text.count("against the label") == 1


def test_accuracy_is_told_apart_by_how_many_agree() -> None:
    test = faces(each=1)
    test.votes[:] = 0
    test.votes[:, 0] = 8  # neutral
    test.votes[:3, 3] = 6  # sadness: 8 of 14 say neutral
    guesses = [LABELS.index("neutral")] * 7
    guesses[0] = LABELS.index("sad")
    result = evaluate("m", "PublicTest", sure(guesses, 0.8), test, np.zeros(7, bool))
    rows = {(row["over"], row["up_to"]): (row["n"], row["accuracy"]) for row in result["crowd_by_agreement"]}
    assert rows[0.5, 0.6] == (3, pytest.approx(2 / 3))
    assert rows[0.8, 1.0] == (4, 1.0)
    assert rows[0.6, 0.7] == (0, 0)
    assert "where over 50%, at most 60% agree with the crowd's majority: 3 faces, accuracy 66.67%" in as_text(result)


def test_evaluation_without_training_says_so_of_the_near_duplicates() -> None:
    result = evaluate("m", "PublicTest", sure([0] * 7, 0.8), faces(each=1), None)
    assert result["without_near_duplicates"] is None
    assert "no faces of Training to compare with" in as_text(result)


def test_evaluation_without_votes_has_no_crowd() -> None:
    test = faces(each=1)
    test.votes[:] = 0
    result = evaluate("m", "PublicTest", sure([0] * 7, 0.8), test, np.zeros(7, bool))
    assert result["crowd"]["n"] == 0
    assert "against the crowd" not in as_text(result)


def test_report_shows_who_is_taken_for_whom_and_the_worst(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (requirements-train.txt)")
    test = faces(each=1)
    p = sure([0] * 7, 0.8)
    result = evaluate("m<1>", "saying", p, test, np.zeros(7, bool))
    page = write_report(tmp_path / "report", result, p, test).read_text()
    assert "m&lt;1&gt;" in page
    assert page.count("<svg") == page.count("</svg>") == 4
    assert "Against the crowd" in page
    assert "Against the label" in page


def test_those_that_look_the_same_have_one_leader() -> None:
    images = faces(each=3).images
    assert groups(images).tolist() == list(range(21))
    assert groups(np.concatenate([images, images[[4, 4]]])).tolist() == [*range(21), 4, 4]


def test_duplicates_of_publictest(shared: Path) -> None:
    data = shared / "data" / "fer2013.zip"
    if not data.is_file():
        pytest.skip(f"no FER-2013 in {data.parent}")
    from train.data import load

    assert near_duplicates(load(data, "PublicTest").images, load(data, "Training").images).sum() == 292
