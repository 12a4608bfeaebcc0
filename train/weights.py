"""The weights of an architecture `.json`: an .h5 of any Keras, held against the net that they are to fill."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from train.errors import TrainError, first_line

if TYPE_CHECKING:
    import keras


def weights_beside(path: Path) -> Path:
    """The weights that have the architecture's name: NAME.h5 or NAME.weights.h5; TrainError where there are none."""
    for suffix in (".h5", ".weights.h5"):
        if (found := path.with_suffix(suffix)).is_file():
            return found
    raise TrainError(
        f"{path}: an architecture alone: give its weights with --weights FILE.h5, or as {path.with_suffix('.h5').name} "
        "beside it"
    )


def load_weights(model: keras.Model, path: Path, weights: Path) -> None:
    """Fills `model` (made from `path`) from an .h5 of any Keras: whole model, legacy weights, or .weights.h5.

    Raises TrainError naming both files and the first thing that does not fit.
    """
    import h5py

    if not weights.is_file():
        raise TrainError(f"{weights}: no such weights file")
    try:
        with h5py.File(weights, "r") as file:
            found = _arrays(file)
            legacy = "layer_names" in file.attrs or "model_weights" in file
            _compare(model, path, weights, found)
            if legacy:
                _fill_legacy(model, weights, file.get("model_weights", file))
        if not legacy:
            _fill(model, weights)
    except (OSError, RuntimeError) as error:
        raise TrainError(f"{weights}: truncated, or not HDF5 ({first_line(error)})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise TrainError(f"{weights}: does not fit {path} ({first_line(error)})") from error


def _arrays(file: Any) -> list[tuple[int, ...]]:
    """The shapes of the weights in the file; the optimizer's and the random seeds' are left out."""
    import h5py

    shapes: list[tuple[int, ...]] = []

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and "optimizer" not in name and "seed_generator" not in name:
            shapes.append(tuple(item.shape))

    file.visititems(visit)
    return shapes


def _compare(model: keras.Model, path: Path, weights: Path, found: list[tuple[int, ...]]) -> None:
    left = Counter(found)
    for layer in model.layers:
        for weight in layer.weights:
            shape = tuple(weight.shape)
            if not left[shape]:
                raise TrainError(f"{weights}: no weights of shape {shape} left for {path.name}'s layer {layer.name}")
            left[shape] -= 1
    rest = [shape for shape, count in left.items() if count > 0]
    if rest:
        raise TrainError(f"{weights}: weights of shape {rest[0]} that no layer of {path.name} takes")


def _fill_legacy(model: keras.Model, weights: Path, group: Any) -> None:
    """Layers with weights in their order, as Keras writes them; the shapes decide whether they fit."""
    stored = []
    for name in group.attrs["layer_names"]:
        layer = group[_text(name)]
        values = [np.asarray(layer[_text(weight)]) for weight in layer.attrs["weight_names"]]
        if values:
            stored.append(values)
    takers = [layer for layer in model.layers if layer.weights]
    if len(stored) != len(takers):
        raise TrainError(f"{weights}: weights of {len(stored)} layers for a net of {len(takers)}")
    for layer, values in zip(takers, stored, strict=True):
        layer.set_weights(values)


def _fill(model: keras.Model, weights: Path) -> None:
    """Keras 3's own format; it insists on the ending .weights.h5."""
    import tempfile

    if weights.name.endswith(".weights.h5"):
        model.load_weights(weights)
        return
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / "model.weights.h5"
        link.symlink_to(weights.resolve())
        model.load_weights(link)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
