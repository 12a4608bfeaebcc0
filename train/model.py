"""A net by its name, the net of one head that ships, and a narrow net's weights in a wider one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from edge.vision.preprocess import InputSpec
from train import nets
from train.arrays import Array
from train.nets import EDGE_INPUT, EDGE_WIDTHS, MOBILE_SHAPE, SEED_INPUT, MobileShape

if TYPE_CHECKING:
    import keras

MODELS = ("edge", "mobile", "seed")


def input_spec(model: str) -> InputSpec:
    """How a net of that name wants its grey pixels."""
    return SEED_INPUT if model == "seed" else EDGE_INPUT


def build(
    model: str,
    heads: Sequence[str] = ("crowd",),
    *,
    widths: Sequence[int] = EDGE_WIDTHS,
    shape: MobileShape = MOBILE_SHAPE,
    policy: str = "float32",
    softmax: bool = True,
) -> keras.Model:
    """A net of one input [n, 48, 48, 1] and one output [n, 7] for each of `heads`, in that order.

    `widths` are those of `edge`, `shape` that of `mobile`. `policy` is the precision of the trunk ("mixed_bfloat16"
    halves the hours on a CPU that has it, but not those of `mobile`); the heads are float32 always. Without `softmax`
    it is the net of the training loop: its outputs are logits, which is what the losses want, and its BatchNorm is the
    fused one, which cannot be saved.
    """
    if model == "seed":
        return nets.seed(heads, policy, softmax)
    if model == "mobile":
        return nets.mobile(heads, shape, policy, softmax)
    return nets.edge(heads, widths, policy, softmax)


def single(model: keras.Model, head: str) -> keras.Model:
    """The one-output float32 softmax net that ships: the trunk of `model` and its head of that name."""
    alone = build(model.name, (head,), widths=_widths(model), shape=_shape(model), softmax=True)
    for layer in alone.layers:
        if layer.weights:
            layer.set_weights(model.get_layer(layer.name).get_weights())
    return alone


def _widths(model: keras.Model) -> tuple[int, ...]:
    """The stages' widths, read off the net's first convolution of each stage."""
    names = {layer.name: layer for layer in model.layers}
    return tuple(names[f"stage{s}_block1_a"].filters for s in (1, 2, 3) if f"stage{s}_block1_a" in names)


def _shape(model: keras.Model) -> MobileShape:
    """How much of MobileNet a `mobile` net is, read off its layers; any other net's is of no importance."""
    names = {layer.name: layer for layer in model.layers}
    blocks = sum(name.startswith("pw") and name[2:].isdigit() for name in names)
    if not blocks:
        return MOBILE_SHAPE
    return MobileShape(blocks, names[f"pw{blocks}"].filters, names["enlarged"].height)


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
