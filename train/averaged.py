"""The averaged weights, which are what is measured and kept: their BatchNorm, their figures, their files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from edge.vision.preprocess import InputSpec, normalise
from train.arrays import Array
from train.augment import SEEDS
from train.data import Faces
from train.metrics import score
from train.model import single
from train.progress import counted
from train.votes import majority

REESTIMATE_BATCH, REESTIMATE_BATCHES = 512, 24
PREDICT_BATCH = 256


def reestimate(net: keras.Model, images: Array, inputs: Callable[[Any, Any], Any], seed: int) -> None:
    """BatchNorm's statistics of the averaged weights themselves: those of the raw ones do not fit them.

    `images`: uint8 [n, h, w] of Training, `inputs` what makes of some of them and a seed what the net learns from.
    """
    rng = np.random.default_rng(seed)
    forward = tf.function(lambda images, seed: net(inputs(images, seed), training=True))
    for index in counted(range(REESTIMATE_BATCHES), "fitting the averaged weights' BatchNorm", REESTIMATE_BATCHES):
        rows = rng.integers(0, len(images), min(REESTIMATE_BATCH, len(images)))
        forward(tf.constant(images[rows]), tf.constant([seed % SEEDS, -1 - index], tf.int32))


def published(net: keras.Model, heads: Sequence[str], check: Faces, spec: InputSpec, out: Path) -> dict[str, float]:
    """For each head its model in the folder `out`, as HEAD.keras, and its figures on the faces of `check`."""
    row: dict[str, float] = {}
    truth = majority(check.votes)
    for head in heads:
        alone = single(net, head)
        path = out / f"{head}.keras"
        alone.save(path.with_name(f".{head}.tmp.keras"))
        path.with_name(f".{head}.tmp.keras").replace(path)
        inputs = normalise(check.images, spec)[..., None]
        starts = counted(range(0, len(inputs), PREDICT_BATCH), "evaluating", len(inputs), each=PREDICT_BATCH)
        p = np.concatenate([alone.predict_on_batch(inputs[i : i + PREDICT_BATCH]) for i in starts])
        if head != "fer2013":
            crowd = score(p[truth >= 0], truth[truth >= 0])
            row |= {f"{head}_accuracy": crowd["accuracy"], f"{head}_balanced": crowd["balanced_accuracy"]}
        if head != "crowd":
            row[f"{head}_label_accuracy"] = score(p, check.labels)["accuracy"]
    return row
