"""One net out of several that descend from one another: the mean of their weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from train.errors import TrainError, first_line
from train.load import keras_model

if TYPE_CHECKING:
    import keras


def mean_of(paths: Sequence[Path], shares: Sequence[float]) -> keras.Model:
    """The first model with the mean of all of their weights (Wortsman et al. 2022, "Model soups"), in these shares.

    It costs what one of them costs, and keeps what they learnt where one began with the other; nets that began apart
    give nonsense. Raises TrainError naming the file that cannot be read, or is not made as the first one is, and for
    shares that are none.
    """
    if len(paths) < 2:
        raise TrainError(f"{paths[0]}: one model alone: a mean is of two or more")
    if len(shares) != len(paths) or not all(0 < share < math.inf for share in shares):
        given = " ".join(f"{share:g}" for share in shares)
        raise TrainError(f"--shares {given}: a number over 0 for each of the {len(paths)} models")
    models = [keras_model(path) for path in paths]
    shapes = [
        [(tuple(layer.output.shape), [w.shape for w in layer.get_weights()]) for layer in model.layers if layer.weights]
        for model in models
    ]
    for path, layers in zip(paths, shapes, strict=True):
        if layers != shapes[0]:
            raise TrainError(f"{path}: other layers than those of {paths[0]}: there is no mean of the two")
    weights = zip(*(model.get_weights() for model in models), strict=True)
    models[0].set_weights([np.average(same, axis=0, weights=shares) for same in weights])
    return models[0]


def save(model: keras.Model, path: Path) -> None:
    """Writes the `.keras` beside its name, then renames. Raises TrainError where it cannot."""
    if path.suffix != ".keras":
        raise TrainError(f"--out {path}: the name of a model ends in .keras")
    temporary = path.with_name(f".{path.stem}.tmp.keras")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        model.save(temporary)
        temporary.replace(path)
    except OSError as error:
        raise TrainError(f"{path}: cannot be written ({first_line(error)})") from error
