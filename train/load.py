"""Any model there is, as one thing: uint8 faces in, probabilities out.

`.keras`, `.tflite` (with the JSON beside it), or an architecture `.json` with its weights `.h5`.
"""

from __future__ import annotations

import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge.records import LABELS
from edge.vision.preprocess import InputSpec, normalise
from train.arrays import Array
from train.errors import TrainError
from train.model import MODELS, input_spec

if TYPE_CHECKING:
    import keras


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
        return _tflite(path)
    model = keras_model(path, weights)
    return keras_predictor(path.name, model, input_spec_of(model, mean, std))


def keras_model(path: Path, weights: Path | None = None) -> keras.Model:
    """A Keras model of one input [n, h, w, 1] and seven outputs; TrainError where it is anything else."""
    import keras

    if not path.is_file():
        raise TrainError(f"{path}: no such model file")
    if path.suffix == ".json":
        model = _architecture(path)
        if weights is None:
            raise TrainError(f"{path}: an architecture alone: give its weights with --weights FILE.h5")
        load_weights(model, path, weights)
    elif path.suffix == ".keras":
        if weights is not None:
            raise TrainError(f"{path}: has its weights in it; --weights goes with an architecture .json")
        try:
            model = keras.models.load_model(path, compile=False)
        except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile) as error:
            raise TrainError(f"{path}: not a .keras model that can be read ({_first_line(error)})") from error
    else:
        raise TrainError(f"{path}: not a .keras, a .tflite, or an architecture .json with --weights")
    _check(path, model)
    return model


def input_spec_of(model: keras.Model, mean: float | None = None, std: float | None = None) -> InputSpec:
    """The net's size, and its pixels: as that net has them if it is one of ours, else x/255, unless said otherwise."""
    known = input_spec(model.name if model.name in MODELS else "seed")
    _, height, width, _ = model.input_shape
    return InputSpec(height, width, known.mean if mean is None else mean, known.std if std is None else std)


def keras_predictor(name: str, model: keras.Model, spec: InputSpec) -> Predictor:
    """Runs a float Keras model in batches; logits become probabilities."""

    def probabilities(images: Array) -> Array:
        faces = resized(images, spec)
        parts = [
            np.asarray(model(normalise(faces[i : i + 256], spec)[..., None], training=False), np.float64)
            for i in range(0, len(faces), 256)
        ]
        return as_probabilities(np.concatenate(parts)) if parts else np.zeros((0, len(LABELS)))

    return Predictor(name, spec, probabilities)


def as_probabilities(outputs: Array) -> Array:
    """The outputs [n, 7] themselves where they are probabilities, else their softmax."""
    if (outputs >= 0).all() and np.allclose(outputs.sum(axis=1), 1.0, atol=1e-3):
        return outputs
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def resized(images: Array, spec: InputSpec) -> Array:
    """uint8 [n, h, w] at the model's own size."""
    if images.shape[1:] == (spec.height, spec.width):
        return images
    import cv2

    shrinks = images.shape[1] > spec.height or images.shape[2] > spec.width
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.stack([cv2.resize(image, (spec.width, spec.height), interpolation=method) for image in images])


def _tflite(path: Path) -> Predictor:
    """Through the device's own classifier, its calibration included: what is measured is what runs."""
    from edge.vision.classifier import Classifier
    from edge.vision.model import load_model

    model = load_model(path)
    classifier = Classifier(model)

    def probabilities(images: Array) -> Array:
        faces, rows, shown = resized(images, model.input), [], time.monotonic()
        for done, face in enumerate(faces):
            rows.append(classifier.classify_crop(face).scores)
            if sys.stderr.isatty() and time.monotonic() - shown > 2:
                shown = time.monotonic()
                print(f"\r{path.name}: {done + 1} of {len(faces)} faces", end="", file=sys.stderr, flush=True)
        return np.array(rows, np.float64).reshape(-1, len(LABELS))

    return Predictor(path.name, model.input, probabilities)


def _architecture(path: Path) -> keras.Model:
    import keras

    try:
        model = keras.models.model_from_json(path.read_text(encoding="utf-8"))
        if not isinstance(model, keras.Model):
            raise TypeError(f"it describes a {type(model).__name__}")
        return model
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise TrainError(f"{path}: not a Keras architecture ({_first_line(error)})") from error


def _check(path: Path, model: keras.Model) -> None:
    inputs, outputs = model.inputs, model.outputs
    if len(inputs) != 1 or len(outputs) != 1:
        raise TrainError(f"{path}: {len(inputs)} inputs and {len(outputs)} outputs, not one of each")
    if len(inputs[0].shape) != 4 or inputs[0].shape[3] != 1 or None in inputs[0].shape[1:]:
        raise TrainError(f"{path}: its input is {inputs[0].shape[1:]}, not (height, width, 1) of grey pixels")
    if tuple(outputs[0].shape[1:]) != (len(LABELS),):
        raise TrainError(f"{path}: its output is {outputs[0].shape[1:]}, not the {len(LABELS)} expressions")


def load_weights(model: keras.Model, path: Path, weights: Path) -> None:
    """Fills `model` (made from `path`) from an .h5 of any Keras: whole model, legacy weights, or .weights.h5.

    Raises TrainError naming both files and the first thing that does not fit.
    """
    import h5py

    if not weights.is_file():
        raise TrainError(f"{weights}: no such weights file")
    try:
        with h5py.File(weights, "r") as file:
            found = _arrays(file)
            legacy = "layer_names" in file.attrs or "model_weights" in file
            _compare(model, path, weights, found)
            if legacy:
                _fill_legacy(model, weights, file.get("model_weights", file))
        if not legacy:
            _fill(model, weights)
    except (OSError, RuntimeError) as error:
        raise TrainError(f"{weights}: truncated, or not HDF5 ({_first_line(error)})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise TrainError(f"{weights}: does not fit {path} ({_first_line(error)})") from error


def _arrays(file: Any) -> list[tuple[int, ...]]:
    """The shapes of the weights in the file; the optimizer's and the random seeds' are left out."""
    import h5py

    shapes: list[tuple[int, ...]] = []

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and "optimizer" not in name and "seed_generator" not in name:
            shapes.append(tuple(item.shape))

    file.visititems(visit)
    return shapes


def _compare(model: keras.Model, path: Path, weights: Path, found: list[tuple[int, ...]]) -> None:
    left = Counter(found)
    for layer in model.layers:
        for weight in layer.weights:
            shape = tuple(weight.shape)
            if not left[shape]:
                raise TrainError(f"{weights}: no weights of shape {shape} left for {path.name}'s layer {layer.name}")
            left[shape] -= 1
    rest = [shape for shape, count in left.items() if count > 0]
    if rest:
        raise TrainError(f"{weights}: weights of shape {rest[0]} that no layer of {path.name} takes")


def _fill_legacy(model: keras.Model, weights: Path, group: Any) -> None:
    """Layers with weights in their order, as Keras writes them; the shapes decide whether they fit."""
    stored = []
    for name in group.attrs["layer_names"]:
        layer = group[_text(name)]
        values = [np.asarray(layer[_text(weight)]) for weight in layer.attrs["weight_names"]]
        if values:
            stored.append(values)
    takers = [layer for layer in model.layers if layer.weights]
    if len(stored) != len(takers):
        raise TrainError(f"{weights}: weights of {len(stored)} layers for a net of {len(takers)}")
    for layer, values in zip(takers, stored, strict=True):
        layer.set_weights(values)


def _fill(model: keras.Model, weights: Path) -> None:
    """Keras 3's own format; it insists on the ending .weights.h5."""
    import tempfile

    if weights.name.endswith(".weights.h5"):
        model.load_weights(weights)
        return
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / "model.weights.h5"
        link.symlink_to(weights.resolve())
        model.load_weights(link)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
