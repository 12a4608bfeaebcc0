"""What is done to the faces a net learns from: what a shelf camera does to them, and the device's preprocessing."""

import cv2
import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import tensorflow as tf

from tests.train.faces import faces
from train.arrays import Array
from train.augment import augment, compressed

pytestmark = pytest.mark.filterwarnings("ignore")


def soft(count: int) -> Array:
    """uint8 [count, 48, 48]: blurred noise, as JPEG sees it in no other picture."""
    noise = np.random.default_rng(1).integers(0, 255, (48, 48, count), np.uint8)
    return np.moveaxis(cv2.GaussianBlur(noise, (3, 3), 1.0), -1, 0)


def test_augmentation_is_keyed_by_its_seed_and_keeps_the_face() -> None:
    images = tf.constant(faces(each=8).images)
    one, again, other = (augment(images, tf.constant([1, step])).numpy() for step in (5, 5, 6))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert one.shape == (56, 48, 48, 1)
    assert one.min() >= 0
    assert one.max() <= 255
    strong, weak = (
        np.abs(augment(images, tf.constant([1, 5]), strength, strength).numpy()[..., 0] - images.numpy()).mean()
        for strength in (1.0, 0.3)
    )
    assert weak < strong < 100


def test_compression_loses_what_jpeg_loses() -> None:
    images = soft(4)
    x = tf.constant(images[..., None] / 255.0, tf.float32)
    lost = [
        np.abs(np.asarray(compressed(x, tf.fill([4], quality)))[..., 0] * 255 - images).mean() for quality in (10, 60)
    ]
    assert lost[0] > 2 * lost[1] > 1


def test_an_eighth_of_the_faces_is_compressed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("train.augment.compressed", lambda x, *_: tf.zeros_like(x))
    images = tf.constant(faces(each=16).images)
    for strength, share in ((1.0, 8), (0.5, 16)):
        black = np.asarray(augment(images, tf.constant([1, 2]), strength)).max(axis=(1, 2, 3)) == 0
        assert black.sum() == len(images) // share
    assert np.asarray(augment(images, tf.constant([1, 2]), 0.0)).max(axis=(1, 2, 3)).all()


def test_half_of_the_faces_have_something_before_them_mostly_the_mouth_or_the_eyes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("train.augment._light", lambda x, _: x)
    plain = tf.fill([1024, 48, 48], tf.constant(77, tf.uint8))
    # The first three eighths are blurred, coarse or compressed besides.
    hidden = np.abs(np.asarray(augment(plain, tf.constant([1, 2]), 1.0, 0.0))[384:, ..., 0] - 77.0) > 1e-3
    assert hidden.any(axis=(1, 2)).mean() == pytest.approx(0.5, abs=0.06)
    often = hidden.mean(axis=0)
    mouth, eyes, corner = often[38, 24], often[17, 24], often[3, 3]
    assert min(mouth, eyes) > 2 * corner > 0
