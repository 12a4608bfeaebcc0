"""A net by its name, and the net of one head that ships."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from edge.vision.preprocess import InputSpec
from train import nets
from train.nets import EDGE_INPUT, EDGE_WIDTHS, MOBILE_SIDE, MOBILE_WIDTHS, SEED_INPUT

if TYPE_CHECKING:
    import keras

MODELS = nets.NETS


def input_spec(model: str) -> InputSpec:
    """How a net of that name wants its grey pixels."""
    return SEED_INPUT if model == "seed" else EDGE_INPUT


def build(
    model: str,
    heads: Sequence[str] = ("crowd",),
    *,
    widths: Sequence[int] | None = None,
    side: int = MOBILE_SIDE,
    policy: str = "float32",
    softmax: bool = True,
) -> keras.Model:
    """A net of one input [n, 48, 48, 1] and one output [n, 7] for each of `heads`, in that order.

    `widths` are the channels of `edge`'s three stages or of `mobile`'s up to 13 blocks (its own where there are none),
    `side` the pixels to which `mobile` enlarges a face. `policy` is the precision of the trunk (`machine.precision`
    knows which pays); the heads are float32 always. Without `softmax` it is the net of the training loop: its outputs
    are logits, which is what the losses want, and its BatchNorm is the fused one, which cannot be saved.
    """
    if model == "seed":
        return nets.seed(heads, policy, softmax)
    if model == "mobile":
        return nets.mobile(heads, widths or MOBILE_WIDTHS, side, policy, softmax)
    return nets.edge(heads, widths or EDGE_WIDTHS, policy, softmax)


def single(model: keras.Model, head: str) -> keras.Model:
    """The one-output float32 softmax net that ships: the trunk of `model` and its head of that name."""
    alone = build(model.name, (head,), widths=widths(model), side=side(model), softmax=True)
    for layer in alone.layers:
        if layer.weights:
            layer.set_weights(model.get_layer(layer.name).get_weights())
    return alone


def widths(model: keras.Model) -> tuple[int, ...]:
    """The `widths` it was built with, read off its layers; none for `seed`."""
    names = {layer.name: layer for layer in model.layers}
    stages, blocks = [f"stage{s}_block1_a" for s in (1, 2, 3)], [f"pw{block}" for block in range(1, 14)]
    return tuple(names[name].filters for name in (*stages, *blocks) if name in names)


def side(model: keras.Model) -> int:
    """The `side` it was built with, read off a `mobile` net's layers; of no importance for the others."""
    names = {layer.name: layer for layer in model.layers}
    return int(names["enlarged"].height) if "enlarged" in names else MOBILE_SIDE
