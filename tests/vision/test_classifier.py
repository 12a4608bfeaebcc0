"""From pixels to the tensor and back: rounding, clipping, calibration, the order of the labels."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.records import LABELS, Box
from edge.vision.classifier import Classifier
from edge.vision.model import Model, load_model
from edge.vision.preprocess import InputSpec, crop, normalise
from edge.vision.runtime import TensorSpec
from tests.vision.scenes import broken_model, portrait

COLLINS = Box(83, 64, 99, 99)  # her face in the portrait


@pytest.fixture(scope="module")
def model(model_path: Path) -> Model:
    return load_model(model_path)


def test_quantizing_rounds_and_then_clips() -> None:
    tensor = TensorSpec((1, 4), "int8", scale=0.5, zero_point=-1)
    # by hand: value/0.5 − 1 → 0.2 (rounds to 0), 0.8 (1), 126.6 (127), 199 (clipped to 127), −0.8 − 1 = −1.8 (−2)
    values = np.array([0.6, 0.9, 63.8, 100.0, -0.4, -1000.0], np.float32)
    assert tensor.quantise(values).tolist() == [0, 1, 127, 127, -2, -128]
    assert tensor.quantise(values).dtype == np.int8


def test_truncation_would_have_given_another_result() -> None:
    tensor = TensorSpec((1, 1), "uint8", scale=1.0, zero_point=10)
    assert tensor.quantise(np.array([2.7], np.float32)).tolist() == [13]
    assert tensor.quantise(np.array([300.0, -300.0], np.float32)).tolist() == [255, 0]


def test_dequantizing_is_the_inverse() -> None:
    tensor = TensorSpec((1, 3), "int8", scale=1 / 256, zero_point=-128)
    assert tensor.dequantise(np.array([-128, 0, 127], np.int8)).tolist() == [0.0, 0.5, 255 / 256]


def test_a_float_tensor_is_left_alone() -> None:
    tensor = TensorSpec((1, 2), "float32", scale=0.0, zero_point=0)
    values = np.array([0.25, -3.5], np.float32)
    assert tensor.quantise(values).tolist() == [0.25, -3.5]
    assert tensor.dequantise(values).tolist() == [0.25, -3.5]


def test_normalising_is_the_formula_of_the_json() -> None:
    spec = InputSpec(48, 48, mean=0.5, std=0.25)
    assert normalise(np.array([0, 51, 255], np.uint8), spec) == pytest.approx([-2.0, (0.2 - 0.5) / 0.25, 2.0], abs=1e-6)


def test_a_smiling_portrait_is_happy(model: Model) -> None:
    said = Classifier(model).classify(portrait(), COLLINS)
    assert said.label == "happy"
    assert said.confidence > 0.5
    assert sum(said.scores) == pytest.approx(1.0)


def test_classifying_a_box_is_classifying_its_crop(model: Model) -> None:
    classifier = Classifier(model)
    patch = crop(portrait(), COLLINS, model.input)
    assert classifier.classify(portrait(), COLLINS) == classifier.classify_crop(patch)


def test_what_the_tensor_gets_is_the_normalised_picture_quantized(model: Model) -> None:
    """The classifier looks pixels up in a table; here the same is done pixel by pixel."""
    patch = crop(portrait(), COLLINS, model.input)
    elements = model.runtime.input.quantise(normalise(patch, model.input))
    raw = model.runtime.run(elements[np.newaxis, :, :, np.newaxis])[0]
    by_hand = [float(raw[model.labels.index(label)]) for label in LABELS]
    unheated = Classifier(replace(model, temperature=1.0)).classify_crop(patch)
    assert unheated.scores == pytest.approx(np.array(by_hand) / sum(by_hand), abs=1e-6)


def test_a_higher_temperature_makes_it_less_sure_as_the_formula_says(model: Model) -> None:
    patch = crop(portrait("grace_hopper.jpg"), Box(25, 108, 219, 219), model.input)
    cold = np.array(Classifier(replace(model, temperature=1.0)).classify_crop(patch).scores)
    warm = Classifier(replace(model, temperature=2.0)).classify_crop(patch).scores
    assert warm == pytest.approx(np.sqrt(cold) / np.sqrt(cold).sum(), abs=1e-6)
    assert max(warm) < max(cold)


def test_the_order_of_a_models_labels_is_its_own(tmp_path: Path, model_path: Path, model: Model) -> None:
    """The same outputs under turned labels: every score moves to the label that now has its place."""
    turned = [*model.labels[1:], model.labels[0]]
    other = load_model(broken_model(tmp_path, model_path, labels=turned))
    before = Classifier(model).classify(portrait(), COLLINS).scores
    after = Classifier(other).classify(portrait(), COLLINS).scores
    for place, label in enumerate(turned):
        assert after[LABELS.index(label)] == before[LABELS.index(model.labels[place])]
