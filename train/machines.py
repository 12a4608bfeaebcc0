"""Several GPUs, several machines: which of TensorFlow's strategies, and that all of them are at the same place."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf

from train.errors import TrainError, first_line

SAME = 1e-6
"""By what share of itself a sum over all weights may differ between machines: the order of adding up."""


def strategy_for_machine() -> tf.distribute.Strategy:
    """Several machines where TF_CONFIG says so, several GPUs where there are, else what TensorFlow does anyway."""
    if os.environ.get("TF_CONFIG"):
        try:
            return tf.distribute.MultiWorkerMirroredStrategy()
        except (ValueError, TypeError, KeyError, RuntimeError, tf.errors.OpError) as error:
            raise TrainError(f"TF_CONFIG: TensorFlow cannot use it ({first_line(error)})") from error
    if len(tf.config.list_physical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def alike(strategy: tf.distribute.Strategy, epoch: int, variables: Sequence[Any], out: Path) -> None:
    """Raises TrainError on every machine where they have not the same epoch and weights.

    Each machine keeps a state of its own, and one that is killed while it writes is an epoch behind the others: their
    gradients would be summed over different nets. Does nothing on one machine.
    """
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return
    weights = sum(float(tf.reduce_sum(tf.abs(tf.cast(v.value, tf.float64)))) for v in variables)

    @tf.function
    def sums() -> Any:
        mine = tf.constant([1.0, epoch, epoch**2, weights, weights**2], tf.float64)
        return strategy.reduce(tf.distribute.ReduceOp.SUM, strategy.run(lambda: mine), axis=None)

    count, *rest = (float(value) for value in sums())
    epochs, epochs2, whole, whole2 = (value / count for value in rest)
    if epochs2 - epochs**2 > 1e-9 or whole2 - whole**2 > (SAME * whole) ** 2:
        raise TrainError(
            f"{out}: is at epoch {epoch}, and the machines are not all there with the same weights: copy one machine's "
            "state.npz into the others' folders (OUT, OUT/worker-1, …), or begin anew without --resume"
        )
