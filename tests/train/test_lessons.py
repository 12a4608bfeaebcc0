"""Teachers are asked once for the same faces."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PIL", reason="Pillow is not installed (requirements-train.txt)")

from edge.errors import EdgeError
from tests.train.faces import faces
from tests.train.stages import tiny
from train import lessons as asking
from train.arrays import Array
from train.lessons import lessons, said
from train.load import Predictor
from train.recipe import NETS


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Every question: the file of the teacher, and how many faces. It says one expression where the left half is the
    brighter one, and another where the right half is."""
    questions: list[tuple[str, int]] = []

    def teacher(path: Path) -> Predictor:
        def probabilities(images: Array) -> Array:
            questions.append((path.name, len(images)))
            left = images[:, :, :24].mean(axis=(1, 2)) > images[:, :, 24:].mean(axis=(1, 2))
            return np.asarray(np.eye(7)[np.where(left, 0, 1 if path.name == "a.keras" else 2)])

        return Predictor(path.name, NETS["mobile"].input, probabilities)

    monkeypatch.setattr(asking, "predictor", teacher)
    return questions


def files(folder: Path) -> dict[str, Path]:
    for name in ("a", "b"):
        (folder / f"{name}.keras").write_text(name)
    return {name: folder / f"{name}.keras" for name in ("a", "b")}


def test_a_lesson_is_asked_for_once_and_is_kept(tmp_path: Path, asked: list[tuple[str, int]]) -> None:
    known, a = faces(each=2), files(tmp_path)["a"]
    first = said(a, known, tmp_path / "lessons")
    assert np.allclose(first.sum(axis=1), 1)
    assert asked == [("a.keras", 14)]
    assert np.array_equal(said(a, known, tmp_path / "lessons"), first)
    assert len(asked) == 1, "it is not asked again"
    (kept,) = (tmp_path / "lessons").iterdir()
    np.save(kept, np.where(np.arange(14)[:, None] < 10, first, np.nan))
    assert np.array_equal(said(a, known, tmp_path / "lessons"), first)
    assert len(asked) == 2, "what is not whole does not count"
    said(a, faces(each=2, start=5), tmp_path / "lessons")
    assert len(asked) == 3, "other faces are another lesson"
    kept.write_bytes(b"damaged")
    with pytest.raises(EdgeError, match=r"cannot be read .*; without it the teacher is asked anew"):
        said(a, known, tmp_path / "lessons")


def test_a_mirrored_lesson_is_about_the_mirror_images(tmp_path: Path, asked: list[tuple[str, int]]) -> None:
    known, a = faces(each=2), files(tmp_path)["a"]
    mirrored = faces(each=2)
    mirrored = replace(mirrored, images=np.ascontiguousarray(mirrored.images[:, :, ::-1]))
    there = said(a, known, tmp_path / "lessons", mirrored=True)
    assert np.array_equal(there, said(a, mirrored, tmp_path / "others"))
    assert not np.array_equal(there, said(a, known, tmp_path / "lessons")), "it is kept apart from the plain one"


def test_each_head_has_its_teachers(tmp_path: Path, asked: list[tuple[str, int]]) -> None:
    known, both = faces(each=1), files(tmp_path)
    one = lessons(tiny(teachers=("a",), label_teachers=("b",), label_share=0.25), both, known, tmp_path)
    assert one["crowd"][0].tolist() == pytest.approx([0, 0.75, 0.25, 0, 0, 0, 0])
    two = lessons(tiny(targets="both", teachers=("a",), label_teachers=("b",)), both, known, tmp_path)
    assert (two["crowd"][0, 1], two["fer2013"][0, 2]) == (1, 1)
    assert lessons(tiny(), both, known, tmp_path) == {}
    assert asked
