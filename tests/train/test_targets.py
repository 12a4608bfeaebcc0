"""What people say of each face: votes, or labels."""

import numpy as np
import pytest

pytest.importorskip("PIL", reason="Pillow is not installed (requirements-train.txt)")

from edge.errors import EdgeError
from edge.records import LABELS
from tests.train.stages import tiny
from train.data import Faces
from train.targets import of_people, priors
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
    assert handicap[0, LABELS.index("angry")] < handicap[0, NEUTRAL]
    assert not handicap[1].any()
