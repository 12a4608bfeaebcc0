"""What teachers say of the training faces, kept on disk: asked once for each teacher and data."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from edge.records import LABELS
from train.arrays import Array
from train.data import Faces
from train.errors import TrainError
from train.files import replace
from train.load import predictor
from train.recipe import Stage
from train.targets import blended


def lessons(stage: Stage, files: Mapping[str, Path], faces: Faces, folder: Path) -> dict[str, Array]:
    """For each head that has teachers what they say together; `files` has each reference's model."""
    first, second = (
        [said(files[name], faces, folder, mirrored=number % 2 == 1) for number, name in enumerate(each)]
        for each in (stage.teachers, stage.label_teachers)
    )
    kind = stage.lesson_mean
    if stage.targets == "both":
        both = zip(stage.heads(), (first, second), strict=True)
        return {head: blended(each, [1.0] * len(each), kind) for head, each in both if each}
    share = stage.label_share if first and second else float(bool(second))
    shares = [(1.0 - share) / max(len(first), 1)] * len(first) + [share / max(len(second), 1)] * len(second)
    return {stage.heads()[0]: blended([*first, *second], shares, kind)} if shares else {}


def said(model: Path, faces: Faces, folder: Path, mirrored: bool = False) -> Array:
    """float32 [n, 7]: what the model says of each face, or of its mirror image: several teachers take turns."""
    key = hashlib.sha256(model.read_bytes() + faces.fingerprint().encode()).hexdigest()[:16]
    kept = folder / f"{model.stem}-{key}{'-mirrored' if mirrored else ''}.npy"
    if kept.is_file():
        try:
            lesson = np.load(kept)
        except (OSError, ValueError) as error:
            raise TrainError(f"{kept}: cannot be read ({error}); without it the teacher is asked anew") from error
        if lesson.shape == (len(faces), len(LABELS)) and np.isfinite(lesson).all():
            return np.asarray(lesson, np.float32)
    print(f"asking {model.name} about {len(faces)} faces", flush=True)
    lesson, content = predictor(model).probabilities(faces.images[:, :, :: -1 if mirrored else 1]), io.BytesIO()
    np.save(content, lesson.astype(np.float32))
    replace(kept, content.getvalue())
    return np.asarray(lesson, np.float32)
