"""Keras models of other makes: what they take and give is made ours, and what is damaged is named."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import keras
from keras import layers

from convert.quantize import answers, quantize
from edge.errors import EdgeError
from edge.vision.preprocess import normalise
from edge.vision.runtime import Runtime
from tests.train.faces import faces
from train.arrays import Array
from train.load import input_spec_of, keras_model, predictor, resized

pytestmark = pytest.mark.filterwarnings("ignore")

IMAGES = faces(each=72).images


@pytest.fixture(autouse=True)
def same_weights() -> None:
    keras.utils.set_random_seed(1)


def head(x: object, spread: float = 0.02) -> object:
    """Seven probabilities of `x`, which are far from even but not all or nothing."""
    return layers.Dense(7, activation="softmax", kernel_initializer=keras.initializers.RandomNormal(0, spread))(x)


def saved(folder: Path, inputs: object, outputs: object) -> Path:
    path = folder / "net.keras"
    keras.Model(inputs, outputs).save(path)
    return path


@pytest.mark.parametrize("ends", ["dict", "list", "tensor"])
def test_a_lone_tensor_may_come_in_a_dict_or_a_list(tmp_path: Path, ends: str) -> None:
    face = keras.Input((48, 48, 1))
    out = head(layers.Flatten()(face))
    path = {
        "dict": lambda: saved(tmp_path, {"picture": face}, {"mood": out}),
        "list": lambda: saved(tmp_path, [face], [out]),
        "tensor": lambda: saved(tmp_path, face, out),
    }[ends]()
    wanted = np.asarray(keras.Model(face, out)(IMAGES[:5, :, :, None] / np.float32(255.0)))
    assert predictor(path).probabilities(IMAGES[:5]) == pytest.approx(wanted, abs=1e-5)


def test_whole_numbers_are_given_to_who_takes_them(tmp_path: Path) -> None:
    face = keras.Input((48, 48, 1), dtype="uint8")
    path = saved(tmp_path, face, head(layers.Flatten()(layers.Rescaling(1 / 255)(face))))
    wanted = np.asarray(keras.models.load_model(path)(IMAGES[:5, :, :, None]))
    assert predictor(path).probabilities(IMAGES[:5]) == pytest.approx(wanted, abs=1e-5)
    assert int8_of(path) == pytest.approx(predictor(path).probabilities(IMAGES[:20]), abs=0.03)


def test_a_softmax_in_bfloat16_is_one(tmp_path: Path) -> None:
    face = keras.Input((48, 48, 1))
    flat = layers.Flatten()(face)
    out = layers.Dense(
        7, activation="softmax", dtype="mixed_bfloat16", kernel_initializer=keras.initializers.RandomNormal(0, 0.3)
    )(flat)
    path = saved(tmp_path, face, out)
    wanted = np.asarray(keras.Model(face, out)(IMAGES[:50, :, :, None] / np.float32(255.0)), np.float64)
    assert np.abs(wanted.sum(axis=1) - 1).max() > 1e-3
    assert predictor(path).probabilities(IMAGES[:50]) == pytest.approx(wanted, abs=0.01)
    assert keras_model(path).layers[-1].name != "probabilities", "it needs no second one"


@pytest.mark.parametrize("layer", [layers.LSTM(4), layers.Bidirectional(layers.GRU(4))], ids=["lstm", "both ways"])
def test_rows_read_one_after_the_other_can_be_converted(tmp_path: Path, layer: keras.layers.Layer) -> None:
    face = keras.Input((12, 12, 1))
    path = saved(tmp_path, face, head(layer(layers.Reshape((12, 12))(face)), spread=1.0))
    assert int8_of(path) == pytest.approx(predictor(path).probabilities(IMAGES[:20]), abs=0.05)


def int8_of(path: Path) -> Array:
    """What the converted model says of the first twenty faces."""
    model = keras_model(path)
    spec = input_spec_of(model)
    shown = normalise(resized(IMAGES[:20], spec), spec)[..., None]
    return answers(Runtime(quantize(model, spec, IMAGES)), shown)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    face = keras.Input((48, 48, 1))
    path = saved(tmp_path, face, head(layers.Flatten()(face)))
    content = path.read_bytes()
    for length in (0, 100, len(content) // 2):
        path.write_bytes(content[:length])
        with pytest.raises(EdgeError, match=r"net.keras: truncated, or not a .keras model$"):
            keras_model(path)


def test_a_weight_that_is_no_number_is_named(tmp_path: Path) -> None:
    face = keras.Input((48, 48, 1))
    model = keras.Model(face, layers.Dense(7, name="mood")(layers.Flatten()(face)))
    kernel, bias = model.get_weights()
    kernel[3, 3] = np.nan
    model.set_weights([kernel, bias])
    model.save(tmp_path / "net.keras")
    with pytest.raises(EdgeError, match=r"net.keras: NaN or infinity among the weights of layer mood"):
        keras_model(tmp_path / "net.keras")
