"""Any model there is, as one thing: uint8 faces in, probabilities out. A .keras, a whole-model .h5, a .tflite with the
JSON beside it, or an architecture .json with its weights .h5, which are named or lie beside it."""

from __future__ import annotations

import math
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge.records import LABELS
from edge.vision.preprocess import InputSpec, normalise
from train.arrays import Array
from train.errors import TrainError, first_line
from train.machine import load_tensorflow
from train.recipe import NETS

if TYPE_CHECKING:
    import keras

SIDE = 48
"""Pixels for a model that takes faces of any size: FER-2013's own."""
BATCH = 256
SIDES = (8, 1024)
"""What the device allows (`edge/vision/model.py`)."""
WHOLE = (".keras", ".h5", ".hdf5")
_DAMAGED = (OSError, RuntimeError, ValueError, TypeError, KeyError, AttributeError, zipfile.BadZipFile)


@dataclass(frozen=True)
class Predictor:
    """A model that answers: `probabilities` takes uint8 [n, h, w] of any size and gives float64 [n, 7] by LABELS."""

    name: str
    input: InputSpec
    probabilities: Callable[[Array], Array]


def predictor(
    path: Path, weights: Path | None = None, *, mean: float | None = None, std: float | None = None
) -> Predictor:
    """Loads any model; raises TrainError or edge's ModelError, one line naming the file.

    `mean` and `std` say how a Keras model of another make wants its pixels; a .tflite's JSON says it itself.
    """
    if path.suffix == ".tflite":
        if given := [name for name, value in (("weights", weights), ("mean", mean), ("std", std)) if value is not None]:
            raise TrainError(f"--{given[0]}: {path} has it beside it or in it; it goes with a Keras model")
        return _tflite(path)
    model = keras_model(path, weights)
    return keras_predictor(path.name, model, input_spec_of(model, mean, std))


def keras_model(path: Path, weights: Path | None = None) -> keras.Model:
    """A Keras model of one input [n, h, w, 1] and seven probabilities; TrainError where it cannot be made that."""
    load_tensorflow()  # first: if it is missing, that is said before anything else
    import keras

    for file in filter(None, (path, weights)):
        if not file.is_file():
            raise TrainError(f"{file}: no such model file")
    if path.suffix not in (".json", *WHOLE):
        raise TrainError(f"{path}: not a .keras, an .h5, a .tflite, or an architecture .json with --weights")
    if path.suffix == ".keras" and not zipfile.is_zipfile(path):
        raise TrainError(f"{path}: truncated, or not a .keras model")
    if path.suffix == ".json":
        model = _architecture(path, weights)
    elif weights:
        raise TrainError(f"{path}: has its weights in it; --weights goes with an architecture .json")
    else:
        try:
            model = keras.models.load_model(path, compile=False)
        except _DAMAGED as error:
            raise TrainError(f"{path}: not a whole model that can be read ({first_line(error)})") from error
    for layer in model.layers:
        if not all(np.isfinite(weight).all() for weight in layer.get_weights()):
            raise TrainError(f"{weights or path}: NaN or infinity among the weights of layer {layer.name}")
    model = _grey(path, model)
    said = np.asarray(model(np.random.default_rng(1).random((8, *model.input_shape[1:]), np.float32)), np.float64)
    if (said >= 0).all() and np.allclose(said.sum(axis=1), 1.0, atol=0.02):  # as far as a softmax in bfloat16 can tell
        return model
    return keras.Model(model.inputs[0], keras.layers.Softmax(name="probabilities")(model.outputs[0]), name=model.name)


def _architecture(path: Path, weights: Path | None) -> keras.Model:
    """The net of an architecture .json, with the weights of an .h5 of any Keras."""
    import keras

    beside = (path.with_suffix(".h5"), path.with_suffix(".weights.h5"))
    file = weights or next((found for found in beside if found.is_file()), None)
    if file is None:
        raise TrainError(
            f"{path}: an architecture alone: give its weights with --weights FILE.h5, or as {path.stem}.h5 beside it"
        )
    try:
        model = keras.models.model_from_json(path.read_text(encoding="utf-8"))
        if not isinstance(model, keras.Model):
            raise TypeError(f"it describes a {type(model).__name__}")
    except _DAMAGED as error:
        raise TrainError(f"{path}: not a Keras architecture ({first_line(error)})") from error
    try:
        import h5py

        with h5py.File(file) as content, tempfile.TemporaryDirectory() as folder:
            old = "layer_names" in content.attrs or "model_weights" in content
            link = Path(folder) / ("model.h5" if old else "model.weights.h5")  # Keras goes by the name
            link.symlink_to(file.resolve())
            model.load_weights(link)
    except _DAMAGED as error:
        raise TrainError(f"{file}: truncated, or does not fit {path} ({first_line(error)})") from error
    return model


def input_spec_of(model: keras.Model, mean: float | None = None, std: float | None = None) -> InputSpec:
    """The net's size, and its pixels: as that net has them if it is one of ours, else x/255, unless said otherwise."""
    known = NETS.get(model.name, NETS["seed"]).input
    _, height, width, _ = model.input_shape
    if not SIDES[0] <= min(height, width) <= max(height, width) <= SIDES[1]:
        raise TrainError(f"{model.name}: its input is {height}×{width}; {SIDES[0]} to {SIDES[1]} pixels are allowed")
    spec = InputSpec(height, width, known.mean if mean is None else mean, known.std if std is None else std)
    if not math.isfinite(spec.mean) or not 0 < spec.std < math.inf:
        raise TrainError(f"--mean {spec.mean:g} --std {spec.std:g}: numbers, the second greater than 0")
    return spec


def keras_predictor(
    name: str, model: keras.Model, spec: InputSpec, columns: Sequence[int] = range(len(LABELS))
) -> Predictor:
    """Runs a model that `keras_model` gave, in batches; its outputs `columns` are those of LABELS."""

    def probabilities(images: Array) -> Array:
        faces = resized(images, spec)
        parts = [
            np.asarray(model(normalise(faces[i : i + BATCH], spec)[..., None], training=False), np.float64)
            for i in range(0, len(faces), BATCH)
        ]
        outputs = np.concatenate(parts)[:, list(columns)] if parts else np.zeros((0, len(LABELS)))
        if not np.isfinite(outputs).all():
            raise TrainError(f"{name}: gives NaN or infinity for some faces")
        return np.asarray(outputs / outputs.sum(axis=1, keepdims=True))

    return Predictor(name, spec, probabilities)


def resized(images: Array, spec: InputSpec) -> Array:
    """uint8 [n, h, w] at the model's own size."""
    if images.shape[1:] == (spec.height, spec.width):
        return images
    import cv2

    shrinks = images.shape[1] > spec.height or images.shape[2] > spec.width
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR_EXACT
    return np.stack([cv2.resize(image, (spec.width, spec.height), interpolation=method) for image in images])


def _tflite(path: Path) -> Predictor:
    """Through the device's own classifier, its calibration included: what is measured is what runs."""
    from edge.vision.classifier import Classifier
    from edge.vision.model import load_model

    model = load_model(path)
    classifier = Classifier(model)

    def probabilities(images: Array) -> Array:
        rows = [classifier.classify_crop(face).scores for face in resized(images, model.input)]
        return np.array(rows, np.float64).reshape(-1, len(LABELS))

    return Predictor(path.name, model.input, probabilities)


def _grey(path: Path, model: keras.Model) -> keras.Model:
    """The model itself, or one around it that takes [n, h, w, 1] and gives [n, 7] as single tensors: one of three
    channels is given the grey three times, one of any size 48×48, one of whole numbers 0 to 255."""
    import keras

    try:
        inputs, outputs = model.inputs, model.outputs
    except (AttributeError, ValueError) as error:
        raise TrainError(f"{path}: was saved before it had seen any input: its shapes are not known") from error
    if len(inputs) != 1 or len(outputs) != 1:
        raise TrainError(f"{path}: {len(inputs)} inputs and {len(outputs)} outputs, not one of each")
    if tuple(outputs[0].shape[1:]) != (len(LABELS),):
        raise TrainError(f"{path}: its output is {outputs[0].shape[1:]}, not the {len(LABELS)} expressions")
    shape = tuple(inputs[0].shape[1:])
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (1, 3)):
        raise TrainError(f"{path}: its input is {shape}, not (height, width, 1) of grey pixels, nor 3 of colour")
    # A model whose only tensor is in a dict or a list takes and gives a dict or a list.
    single = not any(isinstance(getattr(model, ends, None), list | tuple | dict) for ends in ("input", "output"))
    whole = not keras.backend.is_float_dtype(inputs[0].dtype)
    if single and not whole and len(shape) == 3 and shape[2] == 1 and None not in shape:
        return model
    height, width = (side or SIDE for side in shape[:2])
    face = keras.Input((height, width, 1), name="face")
    pixels: Any = keras.layers.Rescaling(255.0)(face) if whole else face
    if len(shape) == 2:
        pixels = keras.layers.Reshape((height, width))(pixels)
    elif shape[2] == 3:
        pixels = keras.layers.Concatenate()([pixels] * 3)
    flat = keras.Model(inputs[0], outputs[0], name="flat")
    if whole:  # a float input instead, which rounds no pixel

        def like(layer: keras.layers.Layer) -> keras.layers.Layer:
            is_input = isinstance(layer, keras.layers.InputLayer)
            return layer.__class__.from_config(layer.get_config() | ({"dtype": "float32"} if is_input else {}))

        flat = give_weights(flat, keras.models.clone_model(flat, clone_function=like))
    return keras.Model(face, flat(pixels), name=f"{model.name}_grey" if model.name in NETS else model.name)


def give_weights(model: keras.Model, copy: keras.Model) -> keras.Model:
    """The copy, with the model's weights: it answers as the model does."""
    copy.set_weights(model.get_weights())
    for layer in copy._flatten_layers():
        if hasattr(layer, "finalize_state"):  # a Normalization uses new weights only after this call
            layer.finalize_state()
    return copy
