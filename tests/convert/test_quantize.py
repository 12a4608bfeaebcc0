"""Nets of several makes in int8."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import keras
import tensorflow as tf

from convert.quantize import answers, quantize
from edge.vision.preprocess import InputSpec, normalise
from edge.vision.runtime import Runtime
from tests.train.faces import faces
from train.data import Faces
from train.nets import build, shipped

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_names_and_precisions_that_the_converter_does_not_know(policy: str) -> None:
    keras.utils.set_random_seed(3)
    face = keras.Input((48, 48, 1))
    inner = keras.Sequential([keras.layers.Conv2D(8, 5, strides=3, name="é conv", dtype=policy)], name="the trunk")
    flat = keras.layers.GlobalAveragePooling2D(dtype=policy)(inner(face * 1.5 - 0.5))
    net = keras.Model(face, keras.layers.Dense(7, activation="softmax", dtype="float32")(flat), name="a b")
    spec = InputSpec(48, 48, 0.5, 0.25)
    images = faces(each=80).images
    inputs = normalise(images, spec)[..., None]
    small = answers(Runtime(quantize(net, spec, images)), inputs)
    assert small == pytest.approx(np.asarray(net(inputs)), abs=0.03)


def test_the_edge_net_keeps_its_answers_in_int8() -> None:
    keras.utils.set_random_seed(3)
    net = shipped(build("edge", ["crowd"], (8, 8, 8)))
    spec = InputSpec(48, 48, 0.5, 0.25)
    known: Faces = faces(each=72)
    content = quantize(net, spec, known.images[:500])
    runtime = Runtime(content)
    assert (runtime.input.dtype, runtime.output.dtype) == ("int8", "int8")
    x = normalise(known.images[:7], spec)[..., None]
    small = np.concatenate([runtime.run(runtime.input.quantise(face[None])) for face in x])
    assert np.abs(small - np.asarray(net(x))).max() < 0.05
    operators = {op["op_name"] for op in tf.lite.Interpreter(model_content=content)._get_ops_details()}
    assert "QUANTIZE" not in operators, "int8 from the first tensor to the last"
    assert "MUL" not in operators, "BatchNorm is folded into the convolutions"
