"""What a stage learns: votes, labels, what teachers say, and what being wrong costs."""

import numpy as np
import pytest

pytest.importorskip("PIL", reason="Pillow is not installed (requirements-train.txt)")

from edge.errors import EdgeError
from edge.records import LABELS
from tests.train.stages import tiny
from train.data import Faces
from train.targets import of_people, priors, taught, wanted, weighed
from train.votes import COLUMNS

NEUTRAL = LABELS.index("neutral")


def row(**votes: int) -> list[int]:
    return [votes.get(column, 0) for column in COLUMNS]


def some_faces() -> Faces:
    votes = np.array([row(neutral=10), row(anger=6, neutral=4), row()])
    return Faces(np.zeros((3, 48, 48), np.uint8), np.array([5, 0, 6]), votes, ("a", "b", "c"))


def test_targets_of_each_kind() -> None:
    assert set(of_people(tiny(targets="both"), some_faces())) == {"crowd", "fer2013"}
    label = of_people(tiny(targets="fer2013", smoothing=0.1), some_faces())["fer2013"]
    assert label[0, 5] == pytest.approx(0.9 + 0.1 / 7)


def test_votes_are_asked_for_where_they_are_needed() -> None:
    faces = some_faces()
    silent = Faces(faces.images, faces.labels, np.zeros_like(faces.votes), faces.names)
    with pytest.raises(EdgeError, match=r"stage tiny: learns from FER.* votes, and there are none: give --votes"):
        of_people(tiny(), silent)
    assert of_people(tiny(targets="fer2013"), silent)


def test_rare_classes_are_handicapped_while_training() -> None:
    stage = tiny(targets="both", balance=1.0)
    handicap = priors(stage, of_people(stage, some_faces()))
    assert handicap["crowd"][LABELS.index("angry")] < handicap["crowd"][NEUTRAL]
    assert not handicap["fer2013"].any()


def test_a_taught_face_keeps_its_weight() -> None:
    mass = np.array([[0.6, 0, 0, 0, 0.2, 0, 0], [0] * 7], np.float32)
    said = np.full((2, 7), 1 / 7, np.float32)
    found = taught(mass, said, np.zeros(7, np.float32), 0.5)
    assert found[0].sum() == pytest.approx(0.8)
    assert found[0, 0] == pytest.approx(0.3 + 0.4 / 7)
    assert not found[1].any(), "nobody voted on it: it counts nothing, whatever a teacher says"


def test_the_prior_the_teachers_left_out_is_put_back() -> None:
    prior = np.log(np.array([2, 1, 1, 1, 1, 1, 1], np.float32))
    found = taught(np.eye(7, dtype=np.float32)[:1], np.full((1, 7), 1 / 7, np.float32), prior, 1.0)
    assert found[0].tolist() == pytest.approx([0.25] + [0.125] * 6)


def test_a_class_costs_what_being_wrong_about_it_costs() -> None:
    mass = np.array([[0.5, 0, 0, 0, 0.5, 0, 0], [0, 0, 0, 0, 1, 0, 0], [0] * 7], np.float32)
    found = weighed(mass, {"angry": 3.0})
    assert found.sum(axis=1).tolist() == pytest.approx([2.0, 1.0, 0.0])
    assert found[0].tolist() == pytest.approx([1.5, 0, 0, 0, 0.5, 0, 0])
    targets, _ = wanted(tiny(class_weights={"neutral": 2.0}), some_faces(), {})
    assert targets["crowd"].sum(axis=1).tolist() == pytest.approx([2.0, 1.4, 0.0])
