"""The nets' layers: `edge`, a small residual net; `mobile`, the beginning of MobileNet; `seed`, the CNN replaced.

TensorFlow is imported inside the functions, so that `python -m train --help` stays quick.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from edge.records import LABELS
from edge.vision.preprocess import InputSpec

if TYPE_CHECKING:
    import keras

EDGE_INPUT = InputSpec(height=48, width=48, mean=0.5, std=0.25)
SEED_INPUT = InputSpec(height=48, width=48, mean=0.0, std=1.0)
EDGE_WIDTHS = (32, 96, 176)

MOBILE_STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
MOBILE_WIDTHS = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
"""Of MobileNet's 13 separable convolutions (Howard et al. 2017, table 1)."""
NETS = ("edge", "mobile", "seed")
WIDTHS = {"edge": (3, 3), "mobile": (1, len(MOBILE_WIDTHS)), "seed": (0, 0)}
"""How few and how many widths each net takes."""
NORM_EPSILON = 1e-5
"""Of every BatchNorm here."""
MOBILE_SIDE = 144
"""Pixels to which the mobile net itself enlarges the 48: it was born at 224 and sees more at its own scale."""


def edge(heads: Sequence[str], widths: Sequence[int], policy: str, softmax: bool) -> keras.Model:
    """Conv 16, max-pool, three stages of two residual blocks at 24, 12 and 6 pixels, average, dropout, dense.

    Every convolution is followed by its BatchNorm, which conversion folds into it; ReLU is fused too, so that
    int8 keeps one quantization a layer.
    """
    import keras
    from keras import layers

    norm = _norm(softmax)

    def conv(x: Any, filters: int, kernel: int, stride: int, name: str) -> Any:
        x = layers.Conv2D(
            filters,
            kernel,
            stride,
            padding="same",
            use_bias=False,
            dtype=policy,
            kernel_initializer="he_normal",
            name=name,
        )(x)
        return norm(momentum=0.9, epsilon=NORM_EPSILON, dtype=policy, name=f"{name}_bn")(x)

    def block(x: Any, filters: int, stride: int, name: str) -> Any:
        short = x
        if stride != 1 or x.shape[-1] != filters:
            short = conv(x, filters, 1, stride, f"{name}_short")
        x = layers.ReLU(dtype=policy, name=f"{name}_relu_a")(conv(x, filters, 3, stride, f"{name}_a"))
        x = conv(x, filters, 3, 1, f"{name}_b")
        return layers.ReLU(dtype=policy, name=f"{name}_relu_b")(
            layers.Add(dtype=policy, name=f"{name}_add")([short, x])
        )

    face = keras.Input((EDGE_INPUT.height, EDGE_INPUT.width, 1), name="face")
    x = layers.ReLU(dtype=policy, name="stem_relu")(conv(face, 16, 3, 1, "stem"))
    x = layers.MaxPooling2D(2, dtype=policy, name="stem_pool")(x)
    for stage, filters in enumerate(widths, 1):
        for index in (1, 2):
            stride = 2 if stage > 1 and index == 1 else 1
            x = block(x, filters, stride, f"stage{stage}_block{index}")
    x = layers.GlobalAveragePooling2D(dtype="float32", name="average")(x)
    x = layers.Dropout(0.4, dtype="float32", name="dropout")(x)
    return keras.Model(face, _heads(x, heads, softmax), name="edge")


def mobile(heads: Sequence[str], widths: Sequence[int], side: int, policy: str, softmax: bool) -> keras.Model:
    """The first blocks of MobileNet (Howard et al. 2017), on the face enlarged, then average, dropout, dense.

    The layers' names are those that `train/pretrained.py` fills and `train/narrow.py` narrows.
    """
    import keras
    from keras import layers

    norm = _norm(softmax)

    def followed(x: Any, name: str) -> Any:
        x = norm(momentum=0.9, epsilon=NORM_EPSILON, dtype=policy, name=f"{name}_bn")(x)
        return layers.ReLU(6.0, dtype=policy, name=f"{name}_relu")(x)

    face = keras.Input((EDGE_INPUT.height, EDGE_INPUT.width, 1), name="face")
    x = layers.Resizing(side, side, dtype="float32", name="enlarged")(face)
    conv = layers.Conv2D(32, 3, 2, padding="same", use_bias=False, dtype=policy, name="conv1")
    x = followed(conv(x), "conv1")
    for block, (stride, width) in enumerate(zip(MOBILE_STRIDES, widths, strict=False), 1):
        across = layers.DepthwiseConv2D(3, stride, padding="same", use_bias=False, dtype=policy, name=f"dw{block}")
        x = followed(across(x), f"dw{block}")
        x = followed(layers.Conv2D(width, 1, use_bias=False, dtype=policy, name=f"pw{block}")(x), f"pw{block}")
    x = layers.GlobalAveragePooling2D(dtype="float32", name="average")(x)
    x = layers.Dropout(0.4, dtype="float32", name="dropout")(x)
    return keras.Model(face, _heads(x, heads, softmax), name="mobile")


def _norm(softmax: bool) -> Any:
    """The BatchNorm that can be saved, or that of the training loop."""
    from keras import layers

    if softmax:
        return layers.BatchNormalization
    from functools import partial

    from train.norm import FusedBatchNorm

    return partial(FusedBatchNorm, autocast=False)  # the kernel takes its statistics in float32 under any policy


def seed(heads: Sequence[str], policy: str, softmax: bool) -> keras.Model:
    """The 4-block CNN of the system Moodcast replaces: 4,232,199 parameters with one head."""
    import keras
    from keras import layers

    face = keras.Input((SEED_INPUT.height, SEED_INPUT.width, 1), name="face")
    x = face
    for index, filters in enumerate((128, 256, 512, 512), 1):
        x = layers.Conv2D(filters, 3, activation="relu", dtype=policy, name=f"conv{index}")(x)
        x = layers.MaxPooling2D(2, dtype=policy, name=f"pool{index}")(x)
        x = layers.Dropout(0.4, dtype=policy, name=f"conv{index}_dropout")(x)
    x = layers.Flatten(dtype=policy, name="flatten")(x)
    for index, (units, rate) in enumerate(((512, 0.4), (256, 0.3)), 1):
        x = layers.Dense(units, activation="relu", dtype=policy, name=f"dense{index}")(x)
        x = layers.Dropout(rate, dtype=policy, name=f"dense{index}_dropout")(x)
    return keras.Model(face, _heads(x, heads, softmax), name="seed")


def _heads(x: Any, heads: Sequence[str], softmax: bool) -> Any:
    from keras import layers

    outputs = []
    for head in heads:
        scores = layers.Dense(len(LABELS), dtype="float32", name=head)(x)
        outputs.append(layers.Softmax(dtype="float32", name=f"{head}_softmax")(scores) if softmax else scores)
    return outputs[0] if len(outputs) == 1 else outputs
