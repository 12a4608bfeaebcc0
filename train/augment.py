"""What a shelf camera does to a face, done to FER-2013's: batched TensorFlow ops, keyed by a seed.

Everything is stateless: the same seed gives the same batch, so that a resumed run goes on exactly.
"""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

Tensor = Any

BLOCK = 8
"""Pixels along a side of what JPEG compresses at a time."""


def augment(images: Tensor, seed: Tensor, strength: float = 1.0, geometry: float = 1.0) -> Tensor:
    """uint8 [n, h, w] and an int32 [2] seed → float32 [n, h, w, 1] within 0 to 255.

    n is known when the graph is made. Rows are expected in random order: an eighth is blurred, another loses
    resolution and a third one is compressed, the batch's first ones. `geometry` scales how far a face is turned, sized
    and moved, `strength` every other range and share; 0 and 0 leave the faces as they are but for the flip.
    """
    x = tf.cast(images[..., None], tf.float32) / 255.0
    draw = _Draws(seed, tf.shape(x)[0], strength)
    x = _geometry(x, _Draws(tf.random.experimental.stateless_fold_in(seed, 77), tf.shape(x)[0], geometry))
    if n := int(images.shape[0] * strength) // 8:  # TensorFlow's convolution crashes on an empty batch
        x = tf.concat([_blur(x[:n], draw), _low_resolution(x[n : 2 * n], draw), x[2 * n :]], axis=0)
    x = _before(_light(x, draw), draw)
    if n:
        x = tf.concat([x[: 2 * n], _sent(x[2 * n : 3 * n], draw), x[3 * n :]], axis=0)
    x.set_shape([images.shape[0], images.shape[1], images.shape[2], 1])
    return x * 255.0


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


def _sent(x: Tensor, draw: _Draws) -> Tensor:
    """As a camera that compresses sends it: JPEG at a quality of 10 to 60, the face anywhere on the grid of blocks."""
    row, column = tf.unstack(tf.random.stateless_uniform([2], draw.next_seed(), 0, BLOCK, tf.int32))
    quality = tf.random.stateless_uniform([tf.shape(x)[0]], draw.next_seed(), 10, 61, tf.int32)
    padded = tf.pad(x, [[0, 0], [row, BLOCK - row], [column, BLOCK - column], [0, 0]], "REFLECT")
    height, width = x.shape[1:3]
    return compressed(padded, quality)[:, row : row + height, column : column + width]


def compressed(x: Tensor, quality: Tensor) -> Tensor:
    """What JPEG loses: float32 [n, h, w, 1] within 0 to 1, each at its `quality` [n] from 1 to 100."""

    def one(each: tuple[Tensor, Tensor]) -> Tensor:
        return tf.image.adjust_jpeg_quality(each[0], each[1])

    return tf.map_fn(one, (x, quality), fn_output_signature=tf.float32)


def _light(x: Tensor, draw: _Draws) -> Tensor:
    """Contrast, brightness, gamma; for some, light from one side, a dark room, the sensor's noise."""
    mean = tf.reduce_mean(x, axis=[1, 2, 3], keepdims=True)
    x = (x - mean) * _wide(draw.near(1.0, 0.35)) + mean + _wide(draw.near(0.0, 0.15))
    side = tf.linspace(-1.0, 1.0, tf.shape(x)[2])[None, None, :, None]
    x = x * (1.0 + draw.share(0.2) * _wide(draw.each(-0.6, 0.6)) * side)
    x = tf.pow(tf.clip_by_value(x, 1e-4, 1.0), _wide(tf.exp(draw.near(0.0, 0.4))))
    dark = draw.share(0.12)
    x = x * (1.0 - dark * _wide(draw.each(0.4, 0.92)))
    noisy = tf.maximum(dark * 0.5, draw.share(0.15)) * _wide(draw.each(0.0, 0.05))
    x = x + noisy * tf.random.stateless_normal(tf.shape(x), draw.next_seed())
    return tf.clip_by_value(x, 0.0, 1.0)


def _before(x: Tensor, draw: _Draws) -> Tensor:
    """Something grey before half of the faces: a hand over the mouth (three in ten of these), dark glasses (two), or
    anything anywhere, an eighth to a half of the side long (five)."""
    side = tf.cast(tf.shape(x)[1], tf.float32)
    line = tf.range(side)
    kind = draw.each(0.0, 1.0)

    def of(hand: tuple[float, float], glasses: tuple[float, float], other: tuple[float, float]) -> Tensor:
        """float32 [n]: for each face a number between its kind's two."""
        each = [draw.each(*between) for between in (hand, glasses, other)]
        return tf.where(kind < 0.3, each[0], tf.where(kind < 0.5, each[1], each[2]))

    def inside(centre: Tensor, half: Tensor) -> Tensor:
        return tf.cast(tf.abs(line[None, :] - side * centre[:, None]) < side * half[:, None], tf.float32)

    anywhere, long = (0.0, 1.0), (1 / 16, 1 / 4)
    rows = inside(of((0.65, 0.95), (0.28, 0.42), anywhere), of((0.12, 0.28), (0.05, 0.11), long))
    columns = inside(of((0.35, 0.65), (0.45, 0.55), anywhere), of((0.25, 0.5), (0.32, 0.45), long))
    thing = rows[:, :, None, None] * columns[:, None, :, None] * draw.share(0.5)
    grey = of((0.2, 0.9), (0.0, 0.25), (0.0, 1.0))
    return x * (1.0 - thing) + thing * _wide(grey)
