"""What is measured and kept are the averaged weights, with a BatchNorm that fits them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import keras
import tensorflow as tf

from tests.test_train_fit import TINY, trainer
from train.averaged import reestimate
from train.fit import Trainer

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    """A run that went through undisturbed."""
    run = trainer(tmp_path_factory.mktemp("straight"))
    run.run()
    return run


def test_the_weights_that_are_kept_are_the_moving_average(tmp_path: Path) -> None:
    run = trainer(tmp_path / "run", replace(TINY, ema=0.6, epochs=1, evaluate_every=9))
    expected = [np.array(weights) for weights in run.net.get_weights()]
    for number in range(5):
        run._step(np.arange(7), number, 0.05)
        decay = min(0.6, (1 + number) / (10 + number))  # in the first steps there is little to remember
        expected = [mean * decay + now * (1 - decay) for mean, now in zip(expected, run.net.get_weights(), strict=True)]
    assert decay < 0.6
    for mean, wanted, now in zip(run.average.get_weights(), expected, run.net.get_weights(), strict=True):
        assert mean == pytest.approx(wanted, abs=1e-5)
        assert not np.allclose(mean, now)


def test_batch_norm_is_fitted_to_the_averaged_weights_before_they_are_kept(straight: Trainer, tmp_path: Path) -> None:
    """One layer's own: what it is fed with has then the mean and variance that its statistics say."""
    plain = trainer(tmp_path / "run", replace(TINY, augment=0.0, geometry=0.0))
    net = plain._build()
    net.set_weights(straight.average.get_weights())
    reestimate(net, plain.images, plain._inputs, seed=1)
    fed = keras.Model(net.inputs, net.get_layer("stem").output)(
        np.asarray(plain._inputs(tf.constant(plain.images), tf.constant([1, 1])))
    )
    _, _, mean, variance = net.get_layer("stem_bn").get_weights()
    assert mean == pytest.approx(np.mean(fed, axis=(0, 1, 2)), abs=0.1)
    assert variance == pytest.approx(np.var(fed, axis=(0, 1, 2)), rel=0.3)
    before = straight.average.get_layer("stem_bn").get_weights()
    assert not np.allclose(before[3], variance, rtol=0.3), "the average's own statistics do not fit"
