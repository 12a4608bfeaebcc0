"""What teachers say: each head has its own, and of several every second one sees the mirror images."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("PIL", reason="Pillow is not installed (requirements-train.txt)")

from tests.train.faces import faces
from tests.train.stages import tiny
from train import load
from train.arrays import Array
from train.load import Predictor
from train.make import Make
from train.recipe import NETS

BRIGHTER = {"a.keras": 1, "b.keras": 2, "c.keras": 3}
"""What each teacher says of a face whose left half is the brighter one; else it says the first expression."""


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Make:
    """One face, brighter on the left, and its teachers a, b and c."""

    def teacher(path: Path) -> Predictor:
        def probabilities(images: Array) -> Array:
            left = images[:, :, :24].mean(axis=(1, 2)) > images[:, :, 24:].mean(axis=(1, 2))
            return np.asarray(np.eye(7)[np.where(left, BRIGHTER[path.name], 0)])

        return Predictor(path.name, NETS["mobile"].input, probabilities)

    monkeypatch.setattr(load, "predictor", teacher)
    known = faces(each=1).take(np.arange(1))
    known.images[:] = np.where(np.arange(48) < 24, 200, 20)
    nothing: Any = SimpleNamespace()
    made = Make(nothing, {}, Path())
    monkeypatch.setattr(made, "faces", lambda _: known)
    monkeypatch.setattr(made, "files", lambda name: [Path(f"{name}.keras")])
    return made


def test_each_head_has_its_teachers(work: Make) -> None:
    two = work.lessons(tiny(targets="both", teachers=("a",), label_teachers=("b",)))
    assert (two["crowd"][0, 1], two["fer2013"][0, 2]) == (1, 1)
    assert set(work.lessons(tiny(targets="both", label_teachers=("b",)))) == {"fer2013"}
    assert set(work.lessons(tiny(targets="fer2013", teachers=("a",)))) == {"fer2013"}
    assert work.lessons(tiny()) == {}


def test_of_several_teachers_every_second_one_sees_the_mirror_image(work: Make) -> None:
    said = work.lessons(tiny(teachers=("a", "b", "c")))["crowd"]
    assert said[0].tolist() == pytest.approx([1 / 3, 1 / 3, 0, 1 / 3, 0, 0, 0])
