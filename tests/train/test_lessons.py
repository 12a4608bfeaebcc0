"""What a batch is learnt as: teachers see the pupil's very pictures, and being wrong about a class has its cost."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import keras

from tests.train.stages import tiny
from train.arrays import Array
from train.lessons import Lessons
from train.make import Make
from train.recipe import NETS, Stage

pytestmark = pytest.mark.filterwarnings("ignore")

NO_PRIOR = np.zeros((1, 7), np.float32)
SEEN = NETS["mobile"].input


def teacher(path: Path, bright: int, side: int = 48) -> Path:
    """A model of another make (x/255) that calls bright faces `bright`, and dark ones angry."""
    face = keras.Input((side, side, 1))
    dense = keras.layers.Dense(7, activation="softmax")
    model = keras.Model(face, dense(keras.layers.GlobalAveragePooling2D()(face)), name="another")
    slope, offset = np.zeros((1, 7)), np.full(7, -100.0)
    slope[0, bright], offset[0], offset[bright] = 100.0, 0.0, -50.0
    dense.set_weights([slope, offset])
    model.save(path)
    return path


def pupils_input(*greys: float) -> Array:
    """Faces of one grey each, as the pupil takes them."""
    even = np.array(greys, np.float32)[:, None, None, None] * np.ones((48, 48, 1), np.float32)
    return np.asarray((even / 255.0 - SEEN.mean) / SEEN.std, np.float32)


def learnt(
    stage: Stage, masses: Any, files: dict[str, list[Path]] | None = None, greys: Any = None, prior: Any = NO_PRIOR
) -> Array:
    """The targets of one head."""
    rows = np.array(masses, np.float32)[:, None]
    shown = pupils_input(*(greys or [128.0] * len(rows)))
    return np.asarray(Lessons(stage, prior, files or {}).targets(shown, rows))[:, 0]


def test_a_teacher_is_shown_what_the_pupil_is_shown(tmp_path: Path) -> None:
    for side in (48, 24):
        files = {"crowd": [teacher(tmp_path / f"{side}.keras", bright=3, side=side)]}
        found = learnt(tiny(teach=1.0), [[0, 0, 0, 0, 1, 0, 0]] * 2, files, greys=[20, 230])
        assert found.argmax(axis=1).tolist() == [0, 3]


def test_several_teachers_give_their_mean(tmp_path: Path) -> None:
    files = {"crowd": [teacher(tmp_path / f"{bright}.keras", bright) for bright in (3, 5)]}
    found = learnt(tiny(teach=1.0), [[0, 0, 0, 0, 1, 0, 0]], files, greys=[250])
    assert found[0].tolist() == pytest.approx([0, 0, 0, 0.5, 0, 0.5, 0], abs=1e-3)


def test_a_taught_face_keeps_its_weight(tmp_path: Path) -> None:
    files = {"crowd": [teacher(tmp_path / "a.keras", bright=3)]}
    found = learnt(tiny(teach=0.5), [[0.6, 0, 0, 0, 0.2, 0, 0], [0] * 7], files, greys=[250, 250])
    assert found[0].tolist() == pytest.approx([0.3, 0, 0, 0.4, 0.1, 0, 0], abs=1e-3)
    assert not found[1].any(), "nobody voted on it: it counts nothing, whatever a teacher says"


def test_the_prior_the_teachers_left_out_is_put_back(tmp_path: Path) -> None:
    files = {"crowd": [teacher(tmp_path / f"{bright}.keras", bright) for bright in (3, 5)]}
    prior = np.log(np.array([[1, 1, 1, 3, 1, 1, 1]], np.float32))
    found = learnt(tiny(teach=1.0), [[0, 0, 0, 0, 1, 0, 0]], files, greys=[250], prior=prior)
    assert found[0].tolist() == pytest.approx([0, 0, 0, 0.75, 0, 0.25, 0], abs=1e-3)


def test_a_class_costs_what_being_wrong_about_it_costs() -> None:
    found = learnt(tiny(class_weights={"angry": 3.0}), [[0.5, 0, 0, 0, 0.5, 0, 0], [0, 0, 0, 0, 1, 0, 0], [0] * 7])
    assert found[0].tolist() == pytest.approx([1.5, 0, 0, 0, 0.5, 0, 0])
    assert found.sum(axis=1).tolist() == pytest.approx([2.0, 1.0, 0.0])


def test_each_head_has_its_teachers(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: Any = SimpleNamespace()
    work = Make(nothing, {}, Path())
    monkeypatch.setattr(work, "files", lambda name: [Path(f"{name}.keras")])
    two = work.teachers(tiny(targets="both", teachers=("a", "c"), label_teachers=("b",)))
    assert two == {"crowd": [Path("a.keras"), Path("c.keras")], "fer2013": [Path("b.keras")]}
    assert set(work.teachers(tiny(targets="both", label_teachers=("b",)))) == {"fer2013"}
    assert set(work.teachers(tiny(targets="fer2013", teachers=("a",)))) == {"fer2013"}
    assert work.teachers(tiny()) == {}
