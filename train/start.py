"""What a net begins with: an earlier one of its make, grown or narrowed to its widths, or a net of somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from edge.vision.preprocess import InputSpec, normalise
from train.arrays import Array
from train.errors import TrainError
from train.load import keras_model
from train.narrow import narrowed
from train.pretrained import begun
from train.recipe import Recipe

SHOWN = 512
"""Faces that show a mobile net's channels what they will meet."""


def start(net: keras.Model, recipe: Recipe, path: Path, images: Array, spec: InputSpec) -> None:
    """Gives `net` the weights of the model at `path`; heads that this lacks start anew.

    An `edge` is grown where it was narrower, a `mobile` narrowed where it was wider; a mobile's `.json` is the
    MobileNet of somebody else (`train/pretrained.py`). `images`: uint8 [n, 48, 48] of Training. Raises TrainError
    naming the file.
    """
    found = _found(recipe, path, images, spec)
    if recipe.model == "seed":  # the system that it was taken from calls its layers otherwise
        found = _renamed(net, found)
    for layer in net.layers:
        if layer.weights and layer.name in found:
            try:
                layer.set_weights(grown(found[layer.name], layer.get_weights()))
            except ValueError as error:
                raise TrainError(f"{path}: layer {layer.name} is wider than this net's") from error
        elif layer.weights and layer.name not in recipe.heads():
            raise TrainError(f"{path}: has no layer {layer.name}: not the same trunk")


def _found(recipe: Recipe, path: Path, images: Array, spec: InputSpec) -> dict[str, list[Array]]:
    """The weights at `path`, layer by layer."""
    some = np.sort(np.random.default_rng(recipe.seed).permutation(len(images))[:SHOWN])
    if recipe.model == "mobile" and path.suffix == ".json":
        return begun(path, recipe.widths, recipe.side, normalise(images[some], spec)[..., None])
    earlier = keras_model(path)
    if recipe.model == "mobile" and earlier.name == "mobile":
        try:
            return narrowed(earlier, recipe.heads(), recipe.widths, normalise(images[some], spec)[..., None])
        except ValueError as error:
            raise TrainError(f"{path}: cannot begin this net: {error}") from error
    return {layer.name: layer.get_weights() for layer in earlier.layers if layer.weights}


def _renamed(net: keras.Model, found: dict[str, list[Array]]) -> dict[str, list[Array]]:
    """The same weights under this net's names, where they are those of one head and fit one after the other."""
    layers = [layer for layer in net.layers if layer.weights]
    fits = len(layers) == len(found) and all(
        [weight.shape for weight in layer.get_weights()] == [weight.shape for weight in weights]
        for layer, weights in zip(layers, found.values(), strict=True)
    )
    return dict(zip((layer.name for layer in layers), found.values(), strict=True)) if fits else found


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
