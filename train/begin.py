"""What a stage's net begins with: an earlier net of its make, narrowed if it is wider, or somebody else's MobileNet."""

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
from train.pretrained import unfold
from train.recipe import MOBILE_WIDTHS, NETS, NORM_EPSILON, Stage

Weights = dict[str, list[Array]]
SHOWN = 512
"""Faces on which the channels of a mobile net are measured."""


def begin(net: keras.Model, stage: Stage, files: Sequence[Path], images: Array) -> None:
    """Gives `net` the trunk of the first model, and each head that of its name in any of them, else the first one's.

    `images`: uint8 [n, 48, 48] of Training. Raises TrainError naming the file.
    """
    some = np.sort(np.random.default_rng(stage.seed).permutation(len(images))[:SHOWN])
    faces = normalise(images[some], NETS[stage.net].input)[..., None]
    found: Weights = {}
    for path in files:
        found = _weights(stage, path, faces) | found
    ends = [each for each in found.values() if each[0].ndim == 2 and each[0].shape[1] == len(LABELS)]
    for layer in (layer for layer in net.layers if layer.weights):
        is_head = layer.name in stage.heads()
        weights = found.get(layer.name, ends[0] if is_head and ends else None)
        if weights and [each.shape for each in weights] == [tuple(each.shape) for each in layer.weights]:
            layer.set_weights(weights)
        elif weights or not is_head:
            raise TrainError(
                f"{files[0]}: cannot begin the {stage.net} net of stage {stage.name}: {layer.name} differs"
            )


def _weights(stage: Stage, path: Path, faces: Array) -> Weights:
    """The weights at `path` by layer."""
    widths = stage.widths or MOBILE_WIDTHS
    if stage.net == "mobile" and path.suffix == ".json":
        return unfold(path, widths, stage.side, faces)
    earlier = keras_model(path)
    found = {layer.name: layer.get_weights() for layer in earlier.layers if layer.weights}
    theirs = [found[f"pw{block}"][0].shape[-1] for block in range(1, len(MOBILE_WIDTHS) + 1) if f"pw{block}" in found]
    if stage.net != "mobile" or earlier.name != "mobile" or theirs == list(widths):
        return found
    if len(theirs) != len(widths) or any(a < b for a, b in zip(theirs, widths, strict=True)):
        raise TrainError(f"{path}: cannot begin stage {stage.name}: of widths {theirs} come no {list(widths)}")
    return narrowed(earlier, found, widths, faces)


def narrowed(wide: keras.Model, found: Weights, widths: Sequence[int], faces: Array) -> Weights:
    """The weights of a narrower net: of each block the channels stay that matter most to what follows.

    After Li et al. 2017 (Pruning Filters for Efficient ConvNets), but by what a channel contributes: how much it varies
    over `faces`, times the norm of the next layer's weights for it. Some training makes BatchNorm's statistics fit.
    """
    names = [*(f"dw{block}_relu" for block in range(2, len(widths) + 1)), "average"]
    seen = keras.Model(wide.inputs, [wide.get_layer(name).output for name in names])
    spreads = [each.reshape(-1, each.shape[-1]).std(axis=0) for each in seen.predict(faces, batch_size=64, verbose=0)]
    ends = [name for name, each in found.items() if each[0].ndim == 2]
    result = {name: found[name] for name in ("conv1", "conv1_bn")}
    before = np.arange(found["conv1"][0].shape[-1])
    for block, width in enumerate(widths, 1):
        if block < len(widths):
            gamma, _, _, variance = found[f"pw{block + 1}_bn"]
            listens = found[f"pw{block + 1}"][0][0, 0] * (gamma / np.sqrt(variance + NORM_EPSILON))
        else:
            listens = np.concatenate([found[name][0] for name in ends], axis=1)
        worth = spreads[block - 1] * np.linalg.norm(listens, axis=1)
        after = np.sort(np.argsort(-worth)[:width])
        result[f"dw{block}"] = [found[f"dw{block}"][0][:, :, before]]
        result[f"dw{block}_bn"] = [each[before] for each in found[f"dw{block}_bn"]]
        result[f"pw{block}"] = [found[f"pw{block}"][0][:, :, before][..., after]]
        result[f"pw{block}_bn"] = [each[after] for each in found[f"pw{block}_bn"]]
        before = after
    return result | {name: [found[name][0][before], found[name][1]] for name in ends}
