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
    heads = stage.heads()
    first, second = (
        [said(files[name], faces, folder) for name in names] for names in (stage.teachers, stage.label_teachers)
    )
    if stage.targets == "both":
        both = zip(heads, (first, second), strict=True)
        return {head: blended(each, [1.0] * len(each), stage.lesson_mean) for head, each in both if each}
    if not first and not second:
        return {}
    share = 0.0 if not second else stage.label_share if first else 1.0
    shares = (
        [(1.0 - share) / len(first)] * len(first) + [share / len(second)] * len(second)
        if second
        else [1.0] * len(first)
    )
    return {heads[0]: blended([*first, *second], shares, stage.lesson_mean)}


def said(model: Path, faces: Faces, folder: Path) -> Array:
    """float32 [n, 7]: the mean of what the model says of each face and of its mirror image.

    The file holds NaN where nobody has been asked yet, so that whoever was stopped goes on from there.
    """
    key = hashlib.sha256(model.read_bytes() + faces.fingerprint().encode()).hexdigest()[:16]
    kept, shape = folder / f"{model.stem}-{key}.npy", (len(faces), len(LABELS))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not kept.is_file():
            fresh = np.lib.format.open_memmap(f"{kept}.new", "w+", np.float32, shape)  # type: ignore[no-untyped-call]
            fresh[:] = np.nan
            fresh.flush()
            Path(f"{kept}.new").replace(kept)
        lesson = np.load(kept, mmap_mode="r+")
        if lesson.shape != shape:
            raise ValueError(f"it has the shape {lesson.shape}")
    except (OSError, ValueError) as error:
        raise TrainError(
            f"{kept}: cannot be read or written ({error}); without it, the teacher is asked anew"
        ) from error
    missing = np.flatnonzero(np.isnan(lesson[:, 0]))
    if len(missing):
        teacher = predictor(model)
        print(f"asking {model.name} about {len(missing)} faces", flush=True)
        for start in range(0, len(missing), CHUNK):
            rows = missing[start : start + CHUNK]
            images = faces.images[rows]
            lesson[rows] = (teacher.probabilities(images) + teacher.probabilities(images[:, :, ::-1])) / 2
            lesson.flush()
    return np.array(lesson)
