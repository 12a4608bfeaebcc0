"""One scale for a whole layer fits all of its channels: each is stretched to what the layer's activation allows.

Int8 has one step for all channels of a layer. A channel that never gets far is rounded to few values, and in the dark
or under a hand, where everything is weaker, little is left of it. A channel that is made s times as large, and read by
the next layer s times as faintly, says the same in float and more in int8 (after Nagel et al. 2019, Data-Free
Quantization Through Weight Equalization and Bias Correction, but by what faces give, not by the weights).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge.vision.preprocess import InputSpec, normalise
from train.arrays import Array
from train.load import resized
from train.progress import counted

if TYPE_CHECKING:
    import keras

CAP = 6.0
"""Where ReLU6 ends."""
MOST = 100.0
"""The largest factor: a channel that is never on is left alone, all but."""
BATCH = 50


def equalized(model: keras.Model, spec: InputSpec, calibration: Array) -> keras.Model:
    """A model that gives what `model` gives on `calibration` (uint8 [n, h, w], Training faces), its channels stretched.

    For our `mobile` nets, in which every convolution has BatchNorm and ReLU6 behind it and one reader; others come back
    as they are. On faces that go further than those of `calibration` a stretched channel is cut off there.
    """
    import keras

    if model.name != "mobile":
        return model
    result = keras.models.clone_model(model)
    result.set_weights(model.get_weights())
    layers = [layer.name for layer in result.layers if isinstance(layer, keras.layers.ReLU)]
    readers = [
        layer for layer in result.layers
        if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D | keras.layers.Dense)
    ][1:]  # fmt: skip
    faces = resized(calibration, spec)
    for name, reader, most in zip(layers, readers, _largest(result, layers, faces, spec), strict=True):
        factor = np.minimum(CAP / np.maximum(most, 1e-6), MOST).astype(np.float32)
        norm = result.get_layer(name.replace("_relu", "_bn"))
        gamma, beta, *statistics = norm.get_weights()
        norm.set_weights([gamma * factor, beta * factor, *statistics])
        kernel, *bias = reader.get_weights()
        # [3, 3, channels, 1] of a depthwise, [1, 1, channels, n] of a pointwise convolution, [channels, n] of a dense
        reader.set_weights([kernel / factor[:, None], *bias])
    return result


def _largest(model: keras.Model, layers: list[str], faces: Array, spec: InputSpec) -> list[Array]:
    """For each of `layers` the largest value of every channel, over all faces and places."""
    import keras

    seen = keras.Model(model.inputs, [model.get_layer(name).output for name in layers])
    found: list[Array] = []
    for start in counted(range(0, len(faces), BATCH), "looking at the channels", len(faces), each=BATCH):
        outputs = seen(normalise(faces[start : start + BATCH], spec)[..., None], training=False)
        tops = [np.asarray(output).max(axis=(0, 1, 2)) for output in outputs]
        found = tops if not found else [np.maximum(*pair) for pair in zip(found, tops, strict=True)]
    return found
