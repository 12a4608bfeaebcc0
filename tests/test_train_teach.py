"""Distillation: what a net is to learn where earlier ones speak too."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PIL", reason="Pillow is not installed (requirements-train.txt)")

from edge.errors import EdgeError
from edge.vision.preprocess import InputSpec
from tests.train_faces import faces
from train import teach
from train.arrays import Array
from train.load import Predictor
from train.teach import lesson, lessons, taught

SPEC = InputSpec(48, 48, 0.5, 0.25)


def certain(of_left: int, of_right: int) -> Predictor:
    """Says one expression where the left half is the brighter one, and another where the right half is."""

    def probabilities(images: Array) -> Array:
        left = images[:, :, :24].mean(axis=(1, 2)) > images[:, :, 24:].mean(axis=(1, 2))
        shares: Array = np.eye(7)[np.where(left, of_left, of_right)]
        return shares

    return Predictor("certain", SPEC, probabilities)


def test_a_lesson_is_the_mean_over_teachers_and_mirror_images() -> None:
    image = np.zeros((1, 48, 48), np.uint8)
    image[:, :, :24] = 200
    said = lesson([certain(0, 1), certain(0, 2)], image)
    assert said[0].tolist() == pytest.approx([0.5, 0.25, 0.25, 0, 0, 0, 0])


def test_a_taught_face_keeps_its_weight() -> None:
    mass = np.array([[0.6, 0, 0, 0, 0.2, 0, 0], [0] * 7], np.float32)
    said = np.full((2, 7), 1 / 7, np.float32)
    wanted = taught(mass, said, np.zeros(7, np.float32), 0.5)
    assert wanted[0].sum() == pytest.approx(0.8)
    assert wanted[0, 0] == pytest.approx(0.3 + 0.4 / 7)
    assert not wanted[1].any(), "nobody voted on it: it counts nothing, whatever a teacher says"


def test_the_prior_the_teachers_left_out_is_put_back() -> None:
    prior = np.log(np.array([2, 1, 1, 1, 1, 1, 1], np.float32))
    wanted = taught(np.eye(7, dtype=np.float32)[:1], np.full((1, 7), 1 / 7, np.float32), prior, 1.0)
    assert wanted[0].tolist() == pytest.approx([0.25] + [0.125] * 6)


def test_a_run_that_resumes_does_not_ask_its_teachers_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def teacher(path: Path) -> Predictor:
        asked.append(path.name)
        return certain(0, 1)

    monkeypatch.setattr(teach, "predictor", teacher)
    known = faces(each=1)
    taught_by, kept = {"crowd": ("a.keras", "b.keras"), "fer2013": ("c.keras",)}, tmp_path / "lessons.npz"
    first = lessons(taught_by, known, kept, resume=False)
    again = lessons(taught_by, known, kept, resume=True)
    assert asked == ["a.keras", "b.keras", "c.keras"]
    assert all(np.array_equal(first[head], again[head]) for head in taught_by)
    for asked_by, of in ((taught_by, faces(each=1, start=1)), (taught_by | {"crowd": ("b.keras",)}, known)):
        with pytest.raises(EdgeError, match=r"lessons.npz: of other faces or teachers"):
            lessons(asked_by, of, kept, resume=True)
