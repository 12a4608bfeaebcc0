"""The faces that "Not quite?" keeps are one more source: `--data` and `--also` read them as they are."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("PIL", reason="Pillow is not installed (requirements-train.txt)")

from edge.daemon.faces import KeptFaces
from edge.mailbox import Latest
from edge.records import LABELS, Box, Frame
from train.also import measure
from train.data import load
from train.votes import COLUMNS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two faces, kept as the daemon does."""
    status: Latest[Any] = Latest()
    status.put(SimpleNamespace(faces=(SimpleNamespace(box=Box(200, 120, 180, 180)),)))
    pixels = np.full((480, 640), 77, np.uint8)
    frame = Frame(0.0, 640, 480, lambda: pixels, lambda: pixels)
    faces = KeptFaces(tmp_path, True, lambda: frame, status)
    for at, label in enumerate(("sad", "happy")):
        faces.keep(label, 1_700_000_000.0 + at)
    return tmp_path


def test_they_are_learnt_from(folder: Path) -> None:
    faces = load(folder, "Training")
    assert [LABELS[label] for label in faces.labels] == ["happy", "sad"]
    assert faces.images.shape == (2, 48, 48)
    assert np.all(faces.images == 77), "the pixels of the frame"
    assert faces.votes.shape == (2, len(COLUMNS))


def test_they_are_measured(folder: Path) -> None:
    happy = np.eye(len(LABELS))[LABELS.index("happy")]
    spec = SimpleNamespace(height=48, width=48)
    model: Any = SimpleNamespace(input=spec, probabilities=lambda patches: np.tile(happy, (len(patches), 1)))
    found = measure(model, folder)
    assert (found["n"], found["missed"], found["accuracy"]) == (2, 0, 0.5)
