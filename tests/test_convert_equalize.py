"""Channels that never get far are stretched before int8 rounds them: the net says the same, and more of it stays."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import keras

from convert.equalize import CAP, equalized
from convert.quantize import quantize
from convert.runtimes import run_everywhere
from edge.vision.preprocess import normalise
from tests.train_faces import faces
from train.arrays import Array
from train.model import build
from train.nets import EDGE_INPUT

pytestmark = pytest.mark.filterwarnings("ignore")

IMAGES = faces(each=72).images
INPUTS = normalise(IMAGES[:70], EDGE_INPUT)[..., None]


def uneven() -> keras.Model:
    """A net of which every other channel is a hundredth as loud as the next, and listened to as much more closely."""
    keras.utils.set_random_seed(1)
    net = build("mobile", widths=(16, 24), side=48)
    for name, reader in (("conv1", "dw1"), ("dw1", "pw1"), ("pw1", "dw2"), ("dw2", "pw2"), ("pw2", "crowd")):
        norm, heard = net.get_layer(f"{name}_bn"), net.get_layer(reader)
        gamma, _, *statistics = norm.get_weights()
        loud = np.where(np.arange(len(gamma)) % 2, 1.0, 0.01).astype(np.float32)
        norm.set_weights([gamma * loud * 3, np.full_like(gamma, 0.5) * loud, *statistics])
        kernel, *bias = heard.get_weights()
        heard.set_weights([kernel / loud[:, None] * 2, *bias])
    return net


def channels(net: keras.Model, layer: str) -> Array:
    """The largest value of each of a layer's channels, on all faces."""
    seen = keras.Model(net.inputs, net.get_layer(layer).output)
    return np.asarray(answers(seen, normalise(IMAGES, EDGE_INPUT)[..., None]).max(axis=(0, 1, 2)))


def answers(net: keras.Model, inputs: Array = INPUTS) -> Array:
    return np.asarray(net(inputs, training=False))


def test_it_says_the_same_with_all_channels_as_loud_as_can_be() -> None:
    net = uneven()
    stretched = equalized(net, EDGE_INPUT, IMAGES)
    assert answers(stretched) == pytest.approx(answers(net), abs=1e-4)
    assert channels(net, "dw1_relu").min() < 0.1
    for layer in ("conv1_relu", "dw1_relu", "pw2_relu"):
        before, after = channels(net, layer), channels(stretched, layer)
        on = before > CAP / 100
        assert after[on] == pytest.approx(CAP, rel=1e-3)
        assert (after[~on] <= CAP).all()


def test_int8_keeps_more_of_it() -> None:
    net = uneven()
    wanted = answers(net)
    apart = []
    for model in (net, equalized(net, EDGE_INPUT, IMAGES)):
        (said, *_) = run_everywhere(quantize(model, EDGE_INPUT, IMAGES), INPUTS).values()
        apart.append(float(np.abs(said - wanted).mean()))
    assert apart[1] < 0.6 * apart[0]


def test_nets_of_another_make_are_left_as_they_are() -> None:
    net = build("edge", widths=(8, 8, 8))
    assert equalized(net, EDGE_INPUT, IMAGES) is net
