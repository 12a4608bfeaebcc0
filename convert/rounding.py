"""Depthwise kernels on int8's grid, each with the sum it had.

Rounded number by number, the nine of a 3×3 kernel can together be steps off. A kernel that looks for edges sums to
about nothing; with such an error it answers to even surfaces (the dark, a hand before the face), and a depthwise
channel has no other input that would hide it. So the sum is kept, and of the roundings that keep it the nearest is
taken (Hamilton's method of the largest remainders).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from train.arrays import Array
from train.load import give_weights

if TYPE_CHECKING:
    import keras

STEPS = 127
"""Of an int8 weight on either side of zero: TFLite's own (its quantization specification has no −128 for weights)."""


def on_grid(model: keras.Model) -> keras.Model:
    """`model` with each depthwise kernel where the converter will leave it as it is; itself where it has none.

    BatchNorm may follow: that scales a whole kernel, and the grid with it.
    """
    import keras

    depthwise = keras.layers.DepthwiseConv2D | keras.layers.SeparableConv2D
    if not any(isinstance(layer, depthwise) for layer in model._flatten_layers()):
        return model
    result = give_weights(model, keras.models.clone_model(model))
    for layer in result._flatten_layers():
        if isinstance(layer, depthwise):
            kernel, *others = layer.get_weights()  # a separable one's own comes first, too
            layer.set_weights([rounded(kernel.reshape(-1, *kernel.shape[2:])).reshape(kernel.shape), *others])
    return result


def rounded(kernels: Array) -> Array:
    """float32 [k, ...]: kernels of k numbers each, made whole 127ths of their largest.

    No number moves by a step or more, the largest not at all, the sum by half a step at most.
    """
    exact = kernels.astype(np.float64)
    step = np.abs(exact).max(axis=0) / STEPS
    # What is whole but for float's own error is whole: the largest must not gain a step.
    steps = np.round(exact / np.where(step > 0, step, 1.0), 6)
    below = np.floor(steps)
    rest = steps - below
    rank = np.argsort(np.argsort(-rest, axis=0, kind="stable"), axis=0)
    return np.asarray((below + (rank < np.rint(rest.sum(axis=0)))) * step, np.float32)
