"""BatchNorm for the training loop, through TensorFlow's fused kernel.

Keras 3's own layer is a chain of elementwise passes; the fused kernel takes a third of a step's time less (two cores,
`train/EXPERIMENTS.md`). The variance it hands on is that of a sample (n − 1), which makes no difference here.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


class FusedBatchNorm(keras.layers.BatchNormalization):  # type: ignore[misc]  # Keras has no types
    """The same weights in the same order. It is never saved: what ships is built with Keras's layer and takes these."""

    def call(self, x: Any, training: bool = False) -> Any:
        moving = (self.moving_mean, self.moving_variance)
        given = [tf.convert_to_tensor(each) for each in moving]
        out = tf.raw_ops.FusedBatchNormV3(
            x=x, scale=tf.convert_to_tensor(self.gamma), offset=tf.convert_to_tensor(self.beta),
            mean=tf.zeros([0]) if training else given[0], variance=tf.zeros([0]) if training else given[1],
            epsilon=self.epsilon, is_training=training,
        )  # fmt: skip
        if training:
            for variable, was, now in zip(moving, given, out[1:3], strict=True):
                variable.assign(was * self.momentum + now * (1.0 - self.momentum))
        return out[0]
