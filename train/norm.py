"""BatchNorm for the training loop, through TensorFlow's fused kernel.

Keras 3's own layer is a chain of elementwise passes, in float32 whatever the policy. The fused kernel reads bfloat16
and gives the same outputs; the variance that it hands on for the moving one is that of a sample (n − 1), which for
a batch of 128 differs by less than a thousandth. A step of the edge net takes 188 ms instead of 265 (two cores,
`train/EXPERIMENTS.md`).
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


class FusedBatchNorm(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """As keras.layers.BatchNormalization over the last of four axes: the same weights, in the same order.

    It is never saved: what ships is built with Keras's layer and takes these weights.
    """

    def __init__(self, momentum: float, epsilon: float, **rest: Any) -> None:
        super().__init__(**rest)
        self.momentum, self.epsilon = momentum, epsilon

    def build(self, shape: tuple[int | None, ...]) -> None:
        def weight(name: str, start: str, trainable: bool) -> Any:
            # float32 under any policy: the kernel wants its statistics so.
            return self.add_weight(
                shape=shape[-1:], initializer=start, trainable=trainable, name=name, dtype="float32", autocast=False
            )

        self.gamma, self.beta = weight("gamma", "ones", True), weight("beta", "zeros", True)
        self.moving_mean = weight("moving_mean", "zeros", False)
        self.moving_variance = weight("moving_variance", "ones", False)

    def call(self, x: Any, training: bool = False) -> Any:
        given = [tf.convert_to_tensor(v) for v in (self.moving_mean, self.moving_variance)]
        out = tf.raw_ops.FusedBatchNormV3(
            x=x,
            scale=tf.convert_to_tensor(self.gamma),
            offset=tf.convert_to_tensor(self.beta),
            mean=tf.zeros([0]) if training else given[0],
            variance=tf.zeros([0]) if training else given[1],
            epsilon=self.epsilon,
            is_training=training,
        )
        if training:
            for moving, was, now in zip((self.moving_mean, self.moving_variance), given, out[1:3], strict=True):
                moving.assign(was * self.momentum + now * (1.0 - self.momentum))
        return out[0]
