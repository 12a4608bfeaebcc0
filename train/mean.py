"""One net out of several that descend from one another: the mean of their weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from train.errors import TrainError, first_line
from train.load import keras_model

if TYPE_CHECKING:
    import keras


def mean_of(paths: Sequence[Path]) -> keras.Model:
    """The first model with the mean of all of their weights (Wortsman et al. 2022, "Model soups").

    It costs what one of them costs, and keeps what they learnt where one began with the other; nets that began apart
    give nonsense. Raises TrainError naming the file that cannot be read, or is not made as the first one is.
    """
    models = [keras_model(path) for path in paths]
    shapes = [[(layer.name, [w.shape for w in layer.get_weights()]) for layer in model.layers] for model in models]
    for path, layers in zip(paths, shapes, strict=True):
        if layers != shapes[0]:
            raise TrainError(f"{path}: other layers than those of {paths[0]}: there is no mean of the two")
    models[0].set_weights([np.mean(same, axis=0) for same in zip(*(m.get_weights() for m in models), strict=True)])
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
