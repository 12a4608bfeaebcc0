"""What people say of each face, as a stage learns it: a distribution times the weight of the face. Pure NumPy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from edge.records import LABELS
from train.arrays import Array
from train.data import Faces
from train.errors import TrainError
from train.recipe import Stage
from train.votes import target_mass


def of_people(stage: Stage, faces: Faces) -> dict[str, Array]:
    """For each head float32 [n, 7]: the crowd's votes, the labels, or both. Each row sums to the face's weight."""
    hard = np.eye(len(LABELS), dtype=np.float32)[faces.labels]
    label = hard * (1.0 - stage.smoothing) + stage.smoothing / len(LABELS)
    if stage.targets == "fer2013":
        return {"fer2013": label}
    crowd = target_mass(faces.votes)
    if not crowd.any():
        raise TrainError(f"stage {stage.name}: learns from FER+ votes, and there are none: give --votes CSV")
    return {"crowd": crowd, "fer2013": label} if stage.targets == "both" else {"crowd": crowd}


def priors(stage: Stage, targets: Mapping[str, Array]) -> Array:
    """[heads, 7]: tau · log(share of each class), which the loss adds to the logits; zeros for FER-2013's labels."""
    result = []
    for head, mass in targets.items():
        share = mass.sum(axis=0) / mass.sum()
        tau = 0.0 if head == "fer2013" else stage.balance
        result.append((tau * np.log(np.maximum(share, 1e-6))).astype(np.float32))
    return np.stack(result)
