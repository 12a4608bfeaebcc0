"""Keras → TFLite bytes: int8 inside, int8 in and out, one scale a channel."""

from __future__ import annotations

import contextlib
import io
import itertools
import re
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from edge.vision.preprocess import InputSpec, normalise
from edge.vision.runtime import Runtime, hide_greetings
from train.arrays import Array
from train.errors import TrainError, first_line
from train.load import give_weights, resized

if TYPE_CHECKING:
    import keras

MIN_SAMPLES = 500
_ODD = re.compile(r"^[^A-Za-z0-9.]|[^A-Za-z0-9_./-]")


def quantize(model: keras.Model, spec: InputSpec, calibration: Array) -> bytes:
    """The .tflite file of `model`, its ranges taken from `calibration` (uint8 [n ≥ 500, h, w], Training faces only).

    Raises TrainError where TensorFlow cannot express the model in int8.
    """
    import keras
    import tensorflow as tf

    if len(calibration) < MIN_SAMPLES:
        raise TrainError(f"{len(calibration)} faces to calibrate with: at least {MIN_SAMPLES} are needed")
    faces = resized(calibration, spec)

    def samples() -> Iterator[list[Array]]:
        for face in faces:
            yield [normalise(face, spec)[None, :, :, None]]

    model = _plain(model)
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.RNN):
            layer.unroll = True  # TensorFlow's calibrator crashes on a loop
    # A batch of one: what the device runs, and what lets the shapes be constants.
    face = keras.Input(batch_shape=(1, spec.height, spec.width, 1), name="face")
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(face, model(face, training=False)))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    try:
        # Keras prints the saved variables, the converter writes pages to stderr; neither says what is wrong.
        with contextlib.redirect_stdout(io.StringIO()), hide_greetings(b""), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return bytes(converter.convert())
    except Exception as error:  # the converter raises whatever MLIR does, some of it from private classes
        raise TrainError(f"{model.name}: TensorFlow cannot make it int8 ({first_line(error)})") from error


def answers(runtime: Runtime, inputs: Array) -> Array:
    """What the device's runtime says of the float32 `inputs` [n, h, w, 1]: float64 [n, 7]."""
    return np.array([runtime.run(runtime.input.quantise(face[None]))[0] for face in inputs], np.float64)


def _plain(model: keras.Model) -> keras.Model:
    """The model, or a copy in float32 under plain names: the converter fails on other precisions and names."""
    import keras

    layers = [layer for layer in model._flatten_layers() if layer is not model]
    if not any(_ODD.search(layer.name) for layer in (model, *layers)) and all(
        layer.compute_dtype == "float32" for layer in layers
    ):
        return model
    numbers = itertools.count()

    def like(layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, keras.Sequential):  # clone_model would give it its old name
            parts = [keras.Input(batch_shape=layer.inputs[0].shape), *(like(part) for part in layer.layers)]
            return keras.Sequential(parts, name=f"net_{next(numbers)}")
        if isinstance(layer, keras.Model):
            inner = keras.models.clone_model(layer, clone_function=like)
            return keras.Model(inner.inputs[0], inner.outputs[0], name=f"net_{next(numbers)}")
        if not isinstance(layer, keras.layers.Layer):  # an operation, as of x * 2, which has no precision of its own
            return layer.__class__.from_config(layer.get_config())
        dtype = {} if isinstance(layer, keras.layers.InputLayer) else {"dtype": "float32"}
        return layer.__class__.from_config(layer.get_config() | {"name": f"layer_{next(numbers)}"} | dtype)

    return give_weights(model, like(model))
