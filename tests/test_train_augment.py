"""What is done to the faces a net learns from: what a shelf camera does to them, and the device's preprocessing."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import tensorflow as tf

from edge.vision.preprocess import normalise
from tests.test_train_fit import TINY, trainer
from tests.train_faces import faces
from train.arrays import Array
from train.augment import augment, compressed, mixup

pytestmark = pytest.mark.filterwarnings("ignore")


def soft(count: int) -> Array:
    """uint8 [count, 48, 48]: blurred noise, as JPEG sees it in no other picture."""
    noise = np.random.default_rng(1).integers(0, 255, (48, 48, count), np.uint8)
    return np.moveaxis(cv2.GaussianBlur(noise, (3, 3), 1.0), -1, 0)


def compress(images: Array, quality: float, row: int = 0, column: int = 0) -> Array:
    """uint8 [n, h, w] as `compressed` makes them, 0 to 255."""
    x = tf.constant(images[..., None] / 255.0, tf.float32)
    return np.asarray(compressed(x, tf.fill([len(images)], float(quality)), row, column))[..., 0] * 255.0


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


@pytest.mark.parametrize("quality", [10, 30, 60])
def test_compression_loses_what_jpeg_loses(quality: int) -> None:
    images = soft(16)
    jpegs = [cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1] for image in images]
    real = np.stack([cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE) for jpeg in jpegs]).astype(float)
    lost, apart = np.abs(images - real).mean(), np.abs(compress(images, quality) - real).mean()
    assert apart < 0.15 * lost, "the same but for how halves are rounded"


def test_the_grid_of_a_compressed_face_lies_anywhere() -> None:
    images = soft(4)
    moved = np.pad(images, ((0, 0), (3, 5), (6, 2)), "reflect")
    assert compress(images, 20.0, 3, 6) == pytest.approx(compress(moved, 20.0)[:, 3:51, 6:54], abs=0.01)
    assert np.abs(compress(images, 20.0, 3, 6) - compress(images, 20.0)).mean() > 1


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


def test_training_sees_the_pixels_as_the_device_does(tmp_path: Path) -> None:
    run = trainer(tmp_path / "run", replace(TINY, augment=0.0, geometry=0.0))
    images = faces(each=1).images
    seen = np.asarray(run._inputs(tf.constant(images), tf.constant([1, 1])))
    assert seen == pytest.approx(normalise(images, run.spec)[..., None], abs=1e-5)


def test_mixup_mixes_faces_and_what_is_wanted_of_them_alike() -> None:
    x = tf.reshape(tf.range(64.0), [64, 1, 1, 1])
    wanted = tf.one_hot(tf.range(64), 64)[:, None]
    mixed, both = (np.asarray(part) for part in mixup(x, wanted, tf.constant([1, 2]), 0.2))
    own = both[np.arange(64), 0, np.arange(64)]
    assert both.sum(axis=(1, 2)) == pytest.approx(1.0)
    assert mixed[:, 0, 0, 0] == pytest.approx(own * np.arange(64) + (1 - own) * np.arange(64)[::-1], abs=1e-3)
    assert 16 < (own < 1).sum() < 48, "about half of them"
    again, _ = mixup(x, wanted, tf.constant([1, 2]), 0.2)
    assert np.array_equal(again, mixed)
