"""Distillation (Hinton, Vinyals and Dean 2015): a net learns from what earlier ones say, beside what people said."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from train import checkpoint
from train.arrays import Array
from train.errors import TrainError
from train.load import Predictor, predictor

LESSONS = "lessons.npz"
"""A run's file of what its teachers said."""


def lesson(teachers: Sequence[Predictor], images: Array) -> Array:
    """float32 [n, 7]: the mean of the teachers' probabilities for each face (uint8 [n, h, w]) and its mirror image."""
    said = [teacher.probabilities(view) for teacher in teachers for view in (images, images[:, :, ::-1])]
    return np.asarray(np.mean(said, axis=0), np.float32)


def lessons(taught_by: Mapping[str, Sequence[str]], images: Array, kept: Path, resume: bool) -> dict[str, Array]:
    """For each head what its teachers say of `images`; a run that resumes goes on with what it was told at first."""
    if resume and kept.is_file():
        groups, _ = checkpoint.load(kept)
        if all(len(groups.get(head, [[]])[0]) == len(images) for head in taught_by):
            return {head: groups[head][0] for head in taught_by}
        raise TrainError(f"{kept}: of other faces or heads than this run's: without it the teachers are asked again")
    said = {}
    for head, files in taught_by.items():
        print(f"{head}: asking {len(files)} teachers about {len(images)} faces, which takes minutes", file=sys.stderr)
        said[head] = lesson([predictor(Path(name)) for name in files], images)
    if said:
        checkpoint.save(kept, {head: [array] for head, array in said.items()}, {"taught_by": dict(taught_by)})
    return said


def taught(mass: Array, lesson: Array, prior: Array, share: float) -> Array:
    """The wanted `mass` [n, 7] with `share` of it given as the lesson says; each row keeps its sum.

    `prior` [7] is what the teachers' loss added to their logits (`recipe.priors`): with it their scores are the
    distribution that they learnt.
    """
    learnt = lesson * np.exp(prior)
    learnt /= learnt.sum(axis=1, keepdims=True)
    return np.asarray((1.0 - share) * mass + share * learnt * mass.sum(axis=1, keepdims=True), np.float32)
