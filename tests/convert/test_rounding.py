"""Depthwise kernels are rounded together, so that what answers nothing to an even surface still does in int8."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import keras
import tensorflow as tf

from convert.quantize import answers, quantize
from convert.rounding import STEPS, on_grid, rounded
from edge.vision.preprocess import normalise
from edge.vision.runtime import Runtime
from tests.train.faces import faces
from train.arrays import Array
from train.nets import build, shipped
from train.recipe import NETS

pytestmark = pytest.mark.filterwarnings("ignore")

IMAGES = faces(each=72).images


def kernels(n: int) -> Array:
    return np.random.default_rng(1).normal(0, 1, (9, n)).astype(np.float32)


def test_the_sum_is_kept_and_no_number_moves_by_a_step() -> None:
    before = kernels(500).astype(np.float64)
    step = np.abs(before).max(axis=0) / STEPS
    after = rounded(before)
    steps = after / step
    assert steps == pytest.approx(np.rint(steps), abs=1e-4)
    assert (np.abs(after - before) < step * (1 + 1e-4)).all()
    assert (np.abs((after - before).sum(axis=0)) <= step * (0.5 + 1e-4)).all()
    assert np.abs(after).max(axis=0) == pytest.approx(np.abs(before).max(axis=0))
    alone = np.rint(before / step) * step
    assert (np.abs((alone - before).sum(axis=0)) > step).any()


def test_of_the_roundings_that_keep_it_the_nearest_is_taken() -> None:
    kernel = np.array([127, 1.4, 1.4, 1.4, -0.2], np.float32)
    assert rounded(kernel).tolist() == [127, 2, 1, 1, 0]


def test_rounded_ones_and_empty_ones_stay() -> None:
    once = rounded(kernels(50))
    assert rounded(once) == pytest.approx(once, abs=1e-6)
    assert not rounded(np.zeros((9, 2), np.float32)).any()


def test_the_converter_leaves_them_as_they_are() -> None:
    net = shipped(build("mobile", ["crowd"], (16, 24), 48))
    interpreter = tf.lite.Interpreter(model_content=quantize(on_grid(net), NETS["edge"].input, IMAGES))
    interpreter.allocate_tensors()
    kernel = net.get_layer("dw1").get_weights()[0].reshape(9, 32)
    steps = np.rint(rounded(kernel) * STEPS / np.abs(kernel).max(axis=0))
    found = [
        interpreter.get_tensor(tensor["index"]).reshape(9, 32)
        for tensor in interpreter.get_tensor_details()
        if tuple(tensor["shape"]) == (1, 3, 3, 32) and tensor["dtype"] is np.int8
    ]
    assert any(np.array_equal(tensor, steps) for tensor in found)


def test_what_looks_for_edges_says_as_little_of_an_even_surface_in_int8_as_in_float() -> None:
    edges = kernels(5000)
    edges -= edges.mean(axis=0)
    step = np.abs(edges).max(axis=0) / STEPS
    off = np.abs((np.rint(edges / step) - edges / step).sum(axis=0))
    worst = edges[:, np.argsort(-off)[:7]] / (step * STEPS)[np.argsort(-off)[:7]]
    face = keras.Input((48, 48, 1))
    look = keras.layers.DepthwiseConv2D(3, depth_multiplier=7, use_bias=False)
    net = keras.Model(face, keras.layers.GlobalAveragePooling2D()(look(face)))
    look.set_weights([worst.reshape(3, 3, 1, 7)])
    even = normalise(np.full((1, 48, 48), 250, np.uint8), NETS["edge"].input)[..., None]
    assert np.asarray(net(even)) == pytest.approx(0.0, abs=1e-4)
    alone, together = (
        np.abs(answers(Runtime(quantize(model, NETS["edge"].input, IMAGES)), even)).mean()
        for model in (net, on_grid(net))
    )
    assert together < 0.3 * alone


def test_kernels_of_separable_layers_and_of_nets_within_nets_are_rounded_too() -> None:
    inside = keras.Sequential([keras.Input((48, 48, 1)), keras.layers.SeparableConv2D(4, 3)])
    face = keras.Input((48, 48, 1))
    x = keras.layers.GlobalAveragePooling2D()(inside(face))
    net = keras.Model(face, keras.layers.Dense(7, activation="softmax")(x))
    before = net.get_weights()
    after = on_grid(net).get_weights()
    assert after[0].reshape(9, 1) == pytest.approx(rounded(before[0].reshape(9, 1)))
    assert all(np.array_equal(*pair) for pair in zip(before[1:], after[1:], strict=True))
    assert np.array_equal(net.get_weights()[0], before[0])


def test_a_net_without_such_layers_is_left_as_it_is() -> None:
    net = shipped(build("edge", ["crowd"], (8, 8, 8)))
    assert on_grid(net) is net


def test_a_net_that_normalises_by_what_it_has_seen_answers_the_same() -> None:
    seen = keras.layers.Normalization()
    seen.adapt(np.array([[3.0], [11.0]], np.float32).reshape(2, 1, 1, 1))
    face = keras.Input((48, 48, 1))
    x = keras.layers.DepthwiseConv2D(3)(seen(face))
    net = keras.Model(face, keras.layers.Dense(7)(keras.layers.GlobalAveragePooling2D()(x)))
    shown = np.random.default_rng(1).random((4, 48, 48, 1), np.float32)
    assert np.asarray(on_grid(net)(shown)) == pytest.approx(np.asarray(net(shown)), abs=0.02)
