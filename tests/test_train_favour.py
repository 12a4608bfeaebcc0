"""One label is favoured for good: its odds rise, those among the others stay."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import keras

from edge.records import LABELS
from tests.train_faces import faces
from train.__main__ import main
from train.load import predictor
from train.model import build

pytestmark = pytest.mark.filterwarnings("ignore")


def favour(model: Path, out: Path, label: str = "neutral", by: str = "0.4") -> int:
    return main(["favour", str(model), "--label", label, "--by", by, "--out", str(out)])


def test_its_odds_are_multiplied_and_the_others_keep_theirs(tmp_path: Path) -> None:
    build("edge", widths=(9, 9, 9)).save(tmp_path / "net.keras")
    assert favour(tmp_path / "net.keras", tmp_path / "new" / "calm.keras") == 0
    images, here = faces(each=2).images, LABELS.index("neutral")
    before, after = (
        predictor(path).probabilities(images) for path in (tmp_path / "net.keras", tmp_path / "new" / "calm.keras")
    )
    odds = [p[:, here] / (1 - p[:, here]) for p in (before, after)]
    assert odds[1] / odds[0] == pytest.approx(np.exp(0.4), rel=1e-4)
    others = [np.delete(p, here, axis=1) / (1 - p[:, [here]]) for p in (before, after)]
    assert others[1] == pytest.approx(others[0], rel=1e-4)
    model = keras.models.load_model(tmp_path / "new" / "calm.keras", compile=False)
    assert model.name == "edge", "by which evaluate and convert know how it wants its pixels"


def test_what_cannot_be_favoured_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net, out = tmp_path / "net.keras", tmp_path / "out.keras"
    face = keras.Input((48, 48, 1))
    flat = keras.layers.GlobalAveragePooling2D()(face)
    keras.Model(face, keras.layers.Dense(7, use_bias=False)(flat)).save(net)
    for path, label, by, said in (
        (net, "neutral", "0.4", f"{net}: does not end in a dense layer of seven units with a bias"),
        (net, "calm", "0.4", "--label calm: one of angry, disgust"),
        (net, "neutral", "nan", "--by nan: a number"),
        (tmp_path / "none.keras", "sad", "1", "none.keras: no such model file"),
    ):
        assert favour(path, out, label, by) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert said in line
    assert not out.exists()
