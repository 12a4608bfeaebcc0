"""Distillation (Hinton, Vinyals and Dean 2015): a net learns from what earlier ones say, beside what people said."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from edge.records import LABELS
from train import checkpoint
from train.arrays import Array
from train.data import Faces
from train.errors import TrainError
from train.load import Predictor, predictor

LESSONS = "lessons.npz"
"""A run's file of what its teachers said."""


def lesson(teachers: Sequence[Predictor], images: Array) -> Array:
    """float32 [n, 7]: the mean of the teachers' probabilities for each face (uint8 [n, h, w]) and its mirror image."""
    said = [teacher.probabilities(view) for teacher in teachers for view in (images, images[:, :, ::-1])]
    return np.asarray(np.mean(said, axis=0), np.float32)


def lessons(taught_by: Mapping[str, Sequence[str]], faces: Faces, kept: Path, resume: bool) -> dict[str, Array]:
    """For each head what its teachers say of `faces`; a run that resumes goes on with what it was told at first."""
    if not taught_by:
        return {}
    about = {"taught_by": {head: list(files) for head, files in taught_by.items()}, "faces": faces.fingerprint()}
    if resume and kept.is_file():
        groups, told = checkpoint.load(kept)
        if told == about and all(groups[head][0].shape == (len(faces), len(LABELS)) for head in taught_by):
            return {head: groups[head][0] for head in taught_by}
        raise TrainError(
            f"{kept}: of other faces or teachers than this run's: --resume wants the --data, --votes and teachers that "
            "it began with"
        )
    said = {}
    for head, files in taught_by.items():
        print(f"{head}: asking {len(files)} teachers about {len(faces)} faces, which takes minutes", file=sys.stderr)
        said[head] = lesson([predictor(Path(name)) for name in files], faces.images)
    checkpoint.save(kept, {head: [array] for head, array in said.items()}, about)
    return said


def taught(mass: Array, lesson: Array, prior: Array, share: float) -> Array:
    """The wanted `mass` [n, 7] with `share` of it given as the lesson says; each row keeps its sum.

    `prior` [7] is what this run's loss adds to its logits (`recipe.priors`). The teachers' losses added it to theirs,
    so that their scores lack it; with it they are the distribution that they learnt. Exact for teachers that learnt
    with this run's `--balance`, near enough for others (0.2 and 0.3 were mixed in `train/EXPERIMENTS.md`).
    """
    learnt = lesson * np.exp(prior)
    learnt /= learnt.sum(axis=1, keepdims=True)
    return np.asarray((1.0 - share) * mass + share * learnt * mass.sum(axis=1, keepdims=True), np.float32)
