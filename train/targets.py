"""What a stage learns: the distribution wanted for each face, times the weight of the face. Pure NumPy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from edge.records import LABELS
from train.arrays import Array
from train.data import Faces
from train.errors import TrainError
from train.recipe import Stage
from train.votes import target_mass


def wanted(stage: Stage, faces: Faces, lessons: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, Array]]:
    """For each head the targets float32 [n, 7], and the prior [7] that its loss adds to the logits.

    `lessons`: for each head that is taught, what its teachers say. A row of zeros counts nothing.
    """
    targets = of_people(stage, faces)
    prior = priors(stage, targets)
    for head, lesson in lessons.items():
        targets[head] = taught(targets[head], lesson, prior[head], stage.teach)
    return {head: weighed(mass, stage.class_weights) for head, mass in targets.items()}, prior


def of_people(stage: Stage, faces: Faces) -> dict[str, Array]:
    """Before any teacher: the crowd's votes, the labels, or both. Each row sums to the face's weight."""
    hard = np.eye(len(LABELS), dtype=np.float32)[faces.labels]
    label = hard * (1.0 - stage.smoothing) + stage.smoothing / len(LABELS)
    if stage.targets == "fer2013":
        return {"fer2013": label}
    crowd = target_mass(faces.votes)
    if not crowd.any():
        raise TrainError(f"stage {stage.name}: learns from FER+ votes, and there are none: give --votes CSV")
    return {"crowd": crowd, "fer2013": label} if stage.targets == "both" else {"crowd": crowd}


def priors(stage: Stage, targets: Mapping[str, Array]) -> dict[str, Array]:
    """For each head tau · log(share of each class), which the loss adds to the logits; zeros for FER-2013's labels."""
    result = {}
    for head, mass in targets.items():
        share = mass.sum(axis=0) / mass.sum()
        tau = 0.0 if head == "fer2013" else stage.balance
        result[head] = (tau * np.log(np.maximum(share, 1e-6))).astype(np.float32)
    return result


def taught(mass: Array, lesson: Array, prior: Array, share: float) -> Array:
    """`mass` [n, 7] with `share` of it given as the lesson says (Hinton et al. 2015); each row keeps its sum.

    The teachers' losses added a prior to their logits, so that their answers lack it. With it they are the
    distribution that the teachers learnt: exact for teachers of the same `balance`, near enough for others.
    """
    learnt = lesson * np.exp(prior)
    learnt /= learnt.sum(axis=1, keepdims=True)
    return np.asarray((1.0 - share) * mass + share * learnt * mass.sum(axis=1, keepdims=True), np.float32)


def weighed(mass: Array, class_weights: Mapping[str, float]) -> Array:
    """Each class's share of the target times what being wrong about it costs: the net's odds of it rise by as much."""
    cost = np.array([class_weights.get(label, 1.0) for label in LABELS], np.float32)
    return np.asarray(mass * cost, np.float32)
