"""The nets: `edge`, a small residual one; `mobile`, the beginning of MobileNet; `seed`, the CNN that was replaced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import layers

from edge.records import LABELS
from train.recipe import EDGE_WIDTHS, MOBILE_SIDE, MOBILE_WIDTHS, NORM_EPSILON

STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
"""Of MobileNet's 13 separable convolutions (Howard et al. 2017, table 1)."""


class FusedBatchNorm(keras.layers.BatchNormalization):  # type: ignore[misc]  # Keras has no types
    """Keras' layer through TensorFlow's fused kernel: a step of the mobile net takes 1.0 s of a core instead of 1.7.

    The variance handed on is that of a sample (n − 1), which makes no difference to so many pixels.
    """

    def call(self, x: Any, training: bool = False, mask: Any = None) -> Any:
        moving = (self.moving_mean, self.moving_variance)
        was = [tf.convert_to_tensor(each) for each in moving]
        y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x, scale=tf.convert_to_tensor(self.gamma), offset=tf.convert_to_tensor(self.beta), epsilon=self.epsilon,
            mean=tf.zeros([0]) if training else was[0], variance=tf.zeros([0]) if training else was[1],
            is_training=training,
        )  # fmt: skip
        if training:
            for variable, old, new in zip(moving, was, (mean, variance), strict=True):
                variable.assign(old * self.momentum + new * (1.0 - self.momentum))
        return y


def build(net: str, heads: Sequence[str], widths: Sequence[int] = (), side: int = MOBILE_SIDE) -> keras.Model:
    """The net of that name, from [n, 48, 48, 1] to the logits [n, 7] of each head.

    Its BatchNorm is for training and is not saved: `shipped` puts Keras' own in its place.
    """
    face = keras.Input((48, 48, 1), name="face")
    x = _seed(face) if net == "seed" else _edge(face, widths) if net == "edge" else _mobile(face, widths, side)
    outputs = [layers.Dense(len(LABELS), name=head)(x) for head in heads]
    return keras.Model(face, outputs[0] if len(outputs) == 1 else outputs, name=net)


def shipped(net: keras.Model, index: int = 0) -> keras.Model:
    """The net of one head, with a softmax, of Keras' own layers only."""

    def like(layer: keras.layers.Layer) -> keras.layers.Layer:
        kind = layers.BatchNormalization if isinstance(layer, FusedBatchNorm) else layer.__class__
        return kind.from_config(layer.get_config())

    plain = keras.models.clone_model(keras.Model(net.inputs, net.outputs, name=net.name), clone_function=like)
    plain.set_weights(net.get_weights())
    return keras.Model(plain.inputs[0], layers.Softmax(name="softmax")(plain.outputs[index]), name=net.name)


def _norm(x: Any, name: str) -> Any:
    return FusedBatchNorm(momentum=0.9, epsilon=NORM_EPSILON, name=f"{name}_bn")(x)


def _end(x: Any) -> Any:
    return layers.Dropout(0.4, name="dropout")(layers.GlobalAveragePooling2D(name="average")(x))


def _edge(face: Any, widths: Sequence[int]) -> Any:
    """Conv 16, max-pool, three stages of two residual blocks at 24, 12 and 6 pixels."""

    def conv(x: Any, filters: int, kernel: int, stride: int, name: str) -> Any:
        like = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal", "name": name}
        return _norm(layers.Conv2D(filters, kernel, stride, **like)(x), name)

    x = layers.MaxPooling2D(2, name="stem_pool")(layers.ReLU(name="stem_relu")(conv(face, 16, 3, 1, "stem")))
    for stage, filters in enumerate(widths or EDGE_WIDTHS, 1):
        for index in (1, 2):
            name, stride = f"stage{stage}_block{index}", 2 if stage > 1 and index == 1 else 1
            same = stride == 1 and x.shape[-1] == filters
            short = x if same else conv(x, filters, 1, stride, f"{name}_short")
            x = layers.ReLU(name=f"{name}_relu_a")(conv(x, filters, 3, stride, f"{name}_a"))
            x = layers.Add(name=f"{name}_add")([short, conv(x, filters, 3, 1, f"{name}_b")])
            x = layers.ReLU(name=f"{name}_relu_b")(x)
    return _end(x)


def _mobile(face: Any, widths: Sequence[int], side: int) -> Any:
    """MobileNet's first blocks (Howard et al. 2017) on the face enlarged; begin.py and pretrained.py know its names."""

    def followed(x: Any, name: str) -> Any:
        return layers.ReLU(6.0, name=f"{name}_relu")(_norm(x, name))

    x = layers.Resizing(side, side, name="enlarged")(face)
    x = followed(layers.Conv2D(32, 3, 2, padding="same", use_bias=False, name="conv1")(x), "conv1")
    for block, (stride, width) in enumerate(zip(STRIDES, widths or MOBILE_WIDTHS, strict=False), 1):
        dw, pw = f"dw{block}", f"pw{block}"
        x = followed(layers.DepthwiseConv2D(3, stride, padding="same", use_bias=False, name=dw)(x), dw)
        x = followed(layers.Conv2D(width, 1, use_bias=False, name=pw)(x), pw)
    return _end(x)


def _seed(face: Any) -> Any:
    """The 4-block CNN of the system that Moodcast replaces: 4,232,199 parameters with one head."""
    x = face
    for index, filters in enumerate((128, 256, 512, 512), 1):
        x = layers.Conv2D(filters, 3, activation="relu", name=f"conv{index}")(x)
        x = layers.Dropout(0.4, name=f"conv{index}_dropout")(layers.MaxPooling2D(2, name=f"pool{index}")(x))
    x = layers.Flatten(name="flatten")(x)
    for index, (units, rate) in enumerate(((512, 0.4), (256, 0.3)), 1):
        x = layers.Dense(units, activation="relu", name=f"dense{index}")(x)
        x = layers.Dropout(rate, name=f"dense{index}_dropout")(x)
    return x
