"""Distillation (Hinton, Vinyals and Dean 2015): a net learns from what earlier ones say, beside what people said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from train.arrays import Array
from train.load import Predictor


def lesson(teachers: Sequence[Predictor], images: Array) -> Array:
    """float32 [n, 7]: the mean of the teachers' probabilities for each face (uint8 [n, h, w]) and its mirror image."""
    said = [teacher.probabilities(view) for teacher in teachers for view in (images, images[:, :, ::-1])]
    return np.asarray(np.mean(said, axis=0), np.float32)


def taught(mass: Array, lesson: Array, prior: Array, share: float) -> Array:
    """The wanted `mass` [n, 7] with `share` of it given as the lesson says; each row keeps its sum.

    `prior` [7] is what the teachers' loss added to their logits (`recipe.priors`): with it their scores are the
    distribution that they learnt.
    """
    learnt = lesson * np.exp(prior)
    learnt /= learnt.sum(axis=1, keepdims=True)
    return np.asarray((1.0 - share) * mass + share * learnt * mass.sum(axis=1, keepdims=True), np.float32)
