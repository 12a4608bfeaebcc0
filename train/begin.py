"""What a stage's net begins with: earlier nets of its make, narrowed where they are wider, or somebody else's MobileNet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from edge.records import LABELS
from edge.vision.preprocess import normalise
from train.arrays import Array
from train.errors import TrainError
from train.load import keras_model
from train.model import input_spec, widths
from train.narrow import narrowed
from train.pretrained import begun
from train.recipe import Stage

SHOWN = 512
"""Faces that show a mobile net's channels what they will meet."""


def begin(net: keras.Model, stage: Stage, files: Sequence[Path], images: Array) -> None:
    """Gives `net` the trunk of the first model, and each head that of its name in any of them, else the first's.

    `images`: uint8 [n, 48, 48] of Training. Raises TrainError naming the file.
    """
    some = np.sort(np.random.default_rng(stage.seed).permutation(len(images))[:SHOWN])
    faces = normalise(images[some], input_spec(stage.net))[..., None]
    found: dict[str, list[Array]] = {}
    for path in files:
        layers = _layers(stage, path, faces, widths(net))
        found = layers | found
        ends = [weights for weights in layers.values() if weights[0].ndim == 2 and weights[0].shape[1] == len(LABELS)]
        for head in stage.heads():
            if ends and head not in found:
                found[f"{head}?"] = ends[0]
    for layer in net.layers:
        weights = found.get(layer.name, found.get(f"{layer.name}?"))
        if layer.weights and (weights or layer.name not in stage.heads()):
            shapes = [tuple(weight.shape) for weight in layer.weights]
            if weights is None or [weight.shape for weight in weights] != shapes:
                raise TrainError(
                    f"{files[0]}: cannot begin the {stage.net} net of stage {stage.name}: {layer.name} differs"
                )
            layer.set_weights(weights)


def _layers(stage: Stage, path: Path, faces: Array, wanted: tuple[int, ...]) -> dict[str, list[Array]]:
    """The weights at `path` by layer."""
    if stage.net == "mobile" and path.suffix == ".json":
        return begun(path, wanted, stage.side, faces)
    earlier = keras_model(path)
    if stage.net == "mobile" and earlier.name == "mobile" and widths(earlier) != wanted:
        try:
            return narrowed(earlier, stage.heads(), wanted, faces)
        except ValueError as error:
            raise TrainError(f"{path}: cannot begin the net of stage {stage.name}: {error}") from error
    return {layer.name: layer.get_weights() for layer in earlier.layers if layer.weights}
