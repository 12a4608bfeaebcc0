"""A wide mobile net's weights in a narrower one: of each block the channels stay that matter most to what follows.

After Li et al. 2017 (Pruning Filters for Efficient ConvNets), but by what a channel contributes, not by its own
kernel's size: how much it varies over real faces, times how much the next convolution listens to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from edge.records import LABELS
from train.arrays import Array
from train.nets import NORM_EPSILON

if TYPE_CHECKING:
    import keras

BATCH = 64


def narrowed(wide: keras.Model, heads: Sequence[str], widths: Sequence[int], faces: Array) -> dict[str, list[Array]]:
    """For each layer of the narrow net its weights; of `heads` those that `wide` has.

    `faces`: float32 [n, 48, 48, 1] as the net wants them, by which the channels are judged: by what `heads` hear of
    them, or, where `wide` has none of these, by what its own do. The BatchNorms' statistics
    are the wide net's: they fit again after some steps of training. Raises ValueError where `wide` has other blocks or
    fewer channels than `widths`.
    """
    layers = {layer.name: layer.get_weights() for layer in wide.layers if layer.weights}
    blocks = len(widths)
    if f"pw{blocks}" not in layers or f"pw{blocks + 1}" in layers:
        raise ValueError(f"it has not {blocks} blocks")
    theirs = [name for name, weights in layers.items() if weights[0].shape[-1] == len(LABELS) and weights[0].ndim == 2]
    known = [head for head in heads if head in theirs]
    spreads = _spreads(wide, blocks, faces)
    result = {name: layers[name] for name in ("conv1", "conv1_bn")}
    before = np.arange(layers["conv1"][0].shape[-1])
    for block, width in enumerate(widths, 1):
        if block < blocks:
            kernel, (gamma, _, _, variance) = layers[f"pw{block + 1}"][0][0, 0], layers[f"pw{block + 1}_bn"]
            heard = np.linalg.norm(kernel * (gamma / np.sqrt(variance + NORM_EPSILON)), axis=1)
        else:
            heard = np.linalg.norm(np.concatenate([layers[head][0] for head in known or theirs], axis=1), axis=1)
        worth = spreads[block] * heard
        if width > len(worth):
            raise ValueError(f"its block {block} has {len(worth)} channels, not {width}")
        after = np.sort(np.argsort(-worth)[:width])
        result[f"dw{block}"] = [layers[f"dw{block}"][0][:, :, before]]
        result[f"dw{block}_bn"] = [v[before] for v in layers[f"dw{block}_bn"]]
        result[f"pw{block}"] = [layers[f"pw{block}"][0][:, :, before][..., after]]
        result[f"pw{block}_bn"] = [v[after] for v in layers[f"pw{block}_bn"]]
        before = after
    for head in known:
        kernel, bias = layers[head]
        result[head] = [kernel[before], bias]
    return result


def _spreads(wide: keras.Model, blocks: int, faces: Array) -> list[Array]:
    """At each index from 1 the standard deviation, channel by channel, of what the next block's kernel is fed with."""
    import keras

    names = [f"dw{block}_relu" for block in range(1, blocks + 1)]
    seen = keras.Model(wide.input, [*(wide.get_layer(name).output for name in names), wide.get_layer("average").output])
    mean = [np.zeros(output.shape[-1]) for output in seen.outputs]
    square = [np.zeros(output.shape[-1]) for output in seen.outputs]
    for batch in np.array_split(faces, -(-len(faces) // BATCH)):
        for index, output in enumerate(seen(batch, training=False)):
            rows = np.asarray(output, np.float64).reshape(len(batch), -1, output.shape[-1])
            mean[index] += rows.mean(axis=1).sum(axis=0) / len(faces)
            square[index] += np.square(rows).mean(axis=1).sum(axis=0) / len(faces)
    return [np.sqrt(np.maximum(b - np.square(a), 0.0)) for a, b in zip(mean, square, strict=True)]
