"""What a shelf camera does to a face, done to FER-2013's: batched TensorFlow ops, keyed by a seed.

Everything is stateless: the same seed gives the same batch, so that a resumed run goes on exactly.
"""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

Tensor = Any


def augment(images: Tensor, seed: Tensor, strength: float = 1.0, geometry: float = 1.0) -> Tensor:
    """uint8 [n, h, w] and an int32 [2] seed → float32 [n, h, w, 1] within 0 to 255.

    n is known when the graph is made. Rows are expected in random order: an eighth is blurred and another loses
    resolution, the batch's first ones. `geometry` scales how far a face is turned, sized and moved, `strength` every
    other range and share; 0 and 0 leave the faces as they are but for the flip.
    """
    x = tf.cast(images[..., None], tf.float32) / 255.0
    draw = _Draws(seed, tf.shape(x)[0], strength)
    x = _geometry(x, _Draws(tf.random.experimental.stateless_fold_in(seed, 77), tf.shape(x)[0], geometry))
    if n := int(images.shape[0] * strength) // 8:  # TensorFlow's convolution crashes on an empty batch
        x = tf.concat([_blur(x[:n], draw), _low_resolution(x[n : 2 * n], draw), x[2 * n :]], axis=0)
    x = _box(_light(x, draw), draw)
    x.set_shape([images.shape[0], images.shape[1], images.shape[2], 1])
    return x * 255.0


def mixup(x: Tensor, wanted: Tensor, seed: Tensor, alpha: float) -> tuple[Tensor, Tensor]:
    """Half of the rows are mixed with the batch's reverse, by Beta(alpha, alpha)."""
    fold = tf.random.experimental.stateless_fold_in
    n = tf.shape(x)[0]
    a = tf.random.stateless_gamma([n], fold(seed, 1), alpha) + 1e-6
    b = tf.random.stateless_gamma([n], fold(seed, 2), alpha) + 1e-6
    share = tf.where(tf.random.stateless_uniform([n], fold(seed, 3)) < 0.5, a / (a + b), 1.0)
    wide, flat = share[:, None, None, None], share[:, None, None]
    return x * wide + x[::-1] * (1.0 - wide), wanted * flat + wanted[::-1] * (1.0 - flat)


class _Draws:
    """Random numbers for one batch: each call takes the next seed."""

    def __init__(self, seed: Tensor, n: Tensor, strength: float) -> None:
        self._seed, self._n, self._strength, self._calls = seed, n, strength, 0

    def next_seed(self) -> Tensor:
        self._calls += 1
        return tf.random.experimental.stateless_fold_in(self._seed, self._calls)

    def each(self, low: float, high: float) -> Tensor:
        """float32 [n]."""
        return tf.random.stateless_uniform([self._n], self.next_seed(), low, high)

    def near(self, middle: float, reach: float) -> Tensor:
        """float32 [n] within `reach` (at full strength) of `middle`."""
        reach *= self._strength
        return self.each(middle - reach, middle + reach)

    def one(self, low: float, high: float) -> Tensor:
        """A scalar for the whole batch."""
        return tf.random.stateless_uniform([], self.next_seed(), low, high)

    def share(self, share: float) -> Tensor:
        """float32 [n, 1, 1, 1]: 1 for about that share of the rows (at full strength), else 0."""
        return tf.cast(self.each(0.0, 1.0) < share * self._strength, tf.float32)[:, None, None, None]


def _wide(x: Tensor) -> Tensor:
    return x[:, None, None, None]


def _geometry(x: Tensor, draw: _Draws) -> Tensor:
    """Flip, ±15°, ±15 % scale, ±5 % aspect, ±0.1 shear, ±5 of 48 pixels: Haar's boxes are off by a tenth too."""
    side = tf.cast(tf.shape(x)[1], tf.float32)
    angle = draw.near(0.0, math.pi / 12)
    scale, aspect, shear = draw.near(1.0, 0.15), draw.near(1.0, 0.05), draw.near(0.0, 0.1)
    flip = tf.where(draw.each(0.0, 1.0) < 0.5, -1.0, 1.0)
    cos, sin = tf.cos(angle) * scale, tf.sin(angle) * scale
    a, b = cos * aspect * flip, (cos * shear - sin) / aspect
    c, d = sin * aspect * flip, (sin * shear + cos) / aspect
    middle = (side - 1) / 2
    limit = 5 / 48
    shift_x, shift_y = draw.near(0.0, limit) * side, draw.near(0.0, limit) * side
    zero = tf.zeros_like(a)
    transforms = tf.stack(
        [a, b, middle + shift_x - (a + b) * middle, c, d, middle + shift_y - (c + d) * middle, zero, zero],
        axis=1,
    )
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=x, transforms=transforms, output_shape=tf.shape(x)[1:3], fill_value=0.0,
        interpolation="BILINEAR", fill_mode="REFLECT",
    )  # fmt: skip


def _blur(x: Tensor, draw: _Draws) -> Tensor:
    """A Gaussian of its own width along each axis: out of focus, or moving."""

    def kernel(sigma: Tensor) -> Tensor:
        weights = tf.exp(-0.5 * tf.square(tf.range(-3.0, 4.0) / sigma))
        return weights / tf.reduce_sum(weights)

    x = tf.nn.conv2d(x, kernel(draw.one(0.3, 1.8))[:, None, None, None], 1, "SAME")
    return tf.nn.conv2d(x, kernel(draw.one(0.3, 1.8))[None, :, None, None], 1, "SAME")


def _low_resolution(x: Tensor, draw: _Draws) -> Tensor:
    """A face far away: a third to three quarters of the pixels along each side, enlarged again."""
    shape = tf.shape(x)[1:3]
    small = tf.cast(tf.cast(shape, tf.float32) * draw.one(0.33, 0.75), tf.int32)
    return tf.image.resize(tf.image.resize(x, small, method="area"), shape, method="bilinear")


def _light(x: Tensor, draw: _Draws) -> Tensor:
    """Contrast, brightness, gamma; for some, light from one side, a dark room, the sensor's noise."""
    mean = tf.reduce_mean(x, axis=[1, 2, 3], keepdims=True)
    x = (x - mean) * _wide(draw.near(1.0, 0.35)) + mean + _wide(draw.near(0.0, 0.15))
    side = tf.linspace(-1.0, 1.0, tf.shape(x)[2])[None, None, :, None]
    x = x * (1.0 + draw.share(0.2) * _wide(draw.each(-0.6, 0.6)) * side)
    x = tf.pow(tf.clip_by_value(x, 1e-4, 1.0), _wide(tf.exp(draw.near(0.0, 0.4))))
    dark = draw.share(0.08)
    x = x * (1.0 - dark * _wide(draw.each(0.4, 0.85)))
    noisy = tf.maximum(dark * 0.5, draw.share(0.15)) * _wide(draw.each(0.0, 0.05))
    x = x + noisy * tf.random.stateless_normal(tf.shape(x), draw.next_seed())
    return tf.clip_by_value(x, 0.0, 1.0)


def _box(x: Tensor, draw: _Draws) -> Tensor:
    """A grey box over half of the faces, an eighth to a half of the side long: a hand, glasses, hair."""
    side = tf.cast(tf.shape(x)[1], tf.float32)
    line = tf.range(side)

    def inside() -> Tensor:
        centre, half = draw.each(0.0, 1.0) * side, draw.each(1 / 16, 1 / 4) * side
        return tf.cast(tf.abs(line[None, :] - centre[:, None]) < half[:, None], tf.float32)

    box = inside()[:, :, None, None] * inside()[:, None, :, None] * draw.share(0.5)
    return x * (1.0 - box) + box * _wide(draw.each(0.0, 1.0))
