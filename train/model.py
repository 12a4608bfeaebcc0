"""The nets: `edge`, a small residual net for the device, and `seed`, the CNN that Moodcast replaces.

TensorFlow is imported inside the functions, so that `python -m train --help` stays quick.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from edge.records import LABELS
from edge.vision.preprocess import InputSpec
from train.arrays import Array

if TYPE_CHECKING:
    import keras

EDGE_INPUT = InputSpec(height=48, width=48, mean=0.5, std=0.25)
SEED_INPUT = InputSpec(height=48, width=48, mean=0.0, std=1.0)
EDGE_WIDTHS = (32, 96, 176)


def input_spec(model: str) -> InputSpec:
    """How a net of that name (`edge` or `seed`) wants its grey pixels."""
    return SEED_INPUT if model == "seed" else EDGE_INPUT


def build(
    model: str,
    heads: Sequence[str] = ("crowd",),
    *,
    widths: Sequence[int] = EDGE_WIDTHS,
    policy: str = "float32",
    softmax: bool = True,
) -> keras.Model:
    """A net of one input [n, 48, 48, 1] and one output [n, 7] for each of `heads`, in that order.

    `policy` is the precision of the trunk ("mixed_bfloat16" halves the hours on a CPU that has it); the heads
    are float32 always. Without `softmax` it is the net of the training loop: its outputs are logits, which is what the
    losses want, and its BatchNorm is the fused one, which cannot be saved.
    """
    if model == "seed":
        return _seed(heads, policy, softmax)
    return _edge(heads, widths, policy, softmax)


def single(model: keras.Model, head: str) -> keras.Model:
    """The one-output float32 softmax net that ships: the trunk of `model` and its head of that name."""
    kind = "seed" if model.name == "seed" else "edge"
    alone = build(kind, (head,), widths=_widths(model), softmax=True)
    for layer in alone.layers:
        if layer.weights:
            layer.set_weights(model.get_layer(layer.name).get_weights())
    return alone


def _widths(model: keras.Model) -> tuple[int, ...]:
    """The stages' widths, read off the net's first convolution of each stage."""
    names = {layer.name: layer for layer in model.layers}
    return tuple(names[f"stage{s}_block1_a"].filters for s in (1, 2, 3) if f"stage{s}_block1_a" in names)


def grown(narrow: Sequence[Array], fresh: Sequence[Array]) -> list[Array]:
    """A layer's weights in the larger shapes of `fresh`, doing on the old channels what `narrow` did.

    What is new keeps its fresh start, but no old channel listens to a new one yet: a grown net gives what the
    narrow one gave (after Net2Net, Chen, Goodfellow and Shlens 2016, without its copies). Raises ValueError where
    a shape is smaller than the narrow one's.
    """
    result = []
    for old, new in zip(narrow, fresh, strict=True):
        if old.ndim != new.ndim or any(a > b for a, b in zip(old.shape, new.shape, strict=True)):
            raise ValueError(f"{old.shape} does not fit into {new.shape}")
        whole = new.copy()
        if old.ndim > 1:  # a kernel: the last axis is what comes out
            whole[..., : old.shape[-1]] = 0.0
        whole[tuple(slice(size) for size in old.shape)] = old
        result.append(whole)
    return result


def _edge(heads: Sequence[str], widths: Sequence[int], policy: str, softmax: bool) -> keras.Model:
    """Conv 16, max-pool, three stages of two residual blocks at 24, 12 and 6 pixels, average, dropout, dense.

    Every convolution is followed by its BatchNorm, which conversion folds into it; ReLU is fused too, so that
    int8 keeps one quantization a layer.
    """
    import keras
    from keras import layers

    if softmax:
        norm: Any = layers.BatchNormalization
    else:
        from train.norm import FusedBatchNorm

        norm = FusedBatchNorm

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
        return norm(momentum=0.9, epsilon=1e-5, dtype=policy, name=f"{name}_bn")(x)

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


def _seed(heads: Sequence[str], policy: str, softmax: bool) -> keras.Model:
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
