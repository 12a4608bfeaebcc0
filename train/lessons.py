"""What teachers say of the training faces, kept on disk: asked once for each teacher and data, face by face."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from edge.records import LABELS
from train.arrays import Array
from train.data import Faces
from train.errors import TrainError
from train.load import predictor
from train.recipe import Stage
from train.targets import blended

CHUNK = 1024
"""Faces after which what was said is on disk: a kill loses no more."""


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
    """float32 [n, 7]: what the model says of each face, or of its mirror image: several teachers take turns.

    The file holds NaN where nobody has been asked yet, so that whoever was stopped goes on from there.
    """
    key = hashlib.sha256(model.read_bytes() + faces.fingerprint().encode()).hexdigest()[:16]
    kept = folder / f"{model.stem}-{key}{'-mirrored' if mirrored else ''}.npy"
    shape = (len(faces), len(LABELS))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not kept.is_file():
            np.save(f"{kept}.new.npy", np.full(shape, np.nan, np.float32))
            Path(f"{kept}.new.npy").replace(kept)
        lesson = np.load(kept, mmap_mode="r+")
        if lesson.shape != shape:
            raise ValueError(f"its shape is {lesson.shape}")
    except (OSError, ValueError) as error:
        raise TrainError(
            f"{kept}: cannot be read or written ({error}); without it the teacher is asked anew"
        ) from error
    if len(missing := np.flatnonzero(np.isnan(lesson[:, 0]))):
        print(f"asking {model.name} about {len(missing)} faces", flush=True)
        teacher = predictor(model)
        for start in range(0, len(missing), CHUNK):
            rows = missing[start : start + CHUNK]
            images = faces.images[rows]
            lesson[rows] = teacher.probabilities(images[:, :, ::-1] if mirrored else images)
            lesson.flush()
    return np.array(lesson)
