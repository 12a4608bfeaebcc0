"""The nets, and models of every form: what fits is used, what does not is named."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import keras

from edge.errors import EdgeError
from edge.records import LABELS
from edge.vision.preprocess import InputSpec
from tests.train.faces import faces
from train.load import keras_model, predictor, resized
from train.nets import FusedBatchNorm, build, shipped

pytestmark = pytest.mark.filterwarnings("ignore")


def small(sides: tuple[int, int] = (48, 48), outputs: int = len(LABELS), units: int = 4) -> Any:
    """A model of another make, with logits."""
    return keras.Sequential(
        [
            keras.Input((*sides, 1)),
            keras.layers.Conv2D(units, 3, strides=4, activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(outputs),
        ]
    )


def architecture(path: Path, model: Any) -> Path:
    path.write_text(model.to_json())
    return path


def test_seed_is_the_net_it_replaces() -> None:
    assert build("seed", ["fer2013"]).count_params() == 4_232_199


def test_seed_has_the_replaced_nets_architecture(shared: Path) -> None:
    path = shared / "data" / "emotiondetector.json"
    if not path.is_file():
        pytest.skip(f"no {path}")
    theirs = keras.models.model_from_json(path.read_text())
    assert [w.shape for w in build("seed", ["fer2013"]).weights] == [w.shape for w in theirs.weights]


@pytest.mark.parametrize("training", [True, False])
def test_the_training_loops_batch_norm_is_keras_one(training: bool) -> None:
    ours, theirs = (
        FusedBatchNorm(momentum=0.9, epsilon=1e-5),
        keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5),
    )
    x = np.random.default_rng(0).normal(2.0, 3.0, (8, 5, 5, 4)).astype(np.float32)
    ours.build(x.shape)
    theirs.build(x.shape)
    some = [np.array([1, 2, 3, 4], np.float32) * factor for factor in (1.0, 0.5, 0.3, 2.0)]
    ours.set_weights(some)
    theirs.set_weights(some)
    assert np.asarray(ours(x, training=training)) == pytest.approx(np.asarray(theirs(x, training=training)), abs=1e-4)
    for mine, wanted in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert mine == pytest.approx(wanted, rel=2e-3), "the fused kernel's variance is that of a sample: n/(n-1)"


def test_single_head_gives_the_softmax_of_its_logits() -> None:
    net = build("edge", ("crowd", "fer2013"), (4, 8, 8))
    x = np.random.default_rng(0).normal(size=(3, 48, 48, 1)).astype(np.float32)
    logits = np.asarray(net(x)[1])
    alone = shipped(net, 1)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.asarray(alone(x)) == pytest.approx(expected, abs=1e-5)


def test_pixels_of_each_make_are_normalised_its_way(tmp_path: Path) -> None:
    images = faces(each=1).images
    for name, mean, std in (("edge", 0.5, 0.25), ("seed", 0.0, 1.0)):
        model = shipped(build(name, ["crowd"], (4, 8, 8))) if name == "edge" else small()
        model.save(tmp_path / f"{name}.keras")
        whole = predictor(tmp_path / f"{name}.keras")
        assert (whole.input.mean, whole.input.std) == (mean, std)
        outputs = np.asarray(model((images[..., None] / 255.0 - mean) / std))
        p = whole.probabilities(images)
        assert p.sum(axis=1) == pytest.approx(1)
        assert (p.argmax(axis=1) == outputs.argmax(axis=1)).all()


def test_faces_are_resized_to_another_models_size(tmp_path: Path) -> None:
    small((64, 56)).save(tmp_path / "m.keras")
    whole = predictor(tmp_path / "m.keras")
    assert (whole.input.height, whole.input.width) == (64, 56)
    assert whole.probabilities(faces(each=1).images).shape == (7, 7)


@pytest.mark.parametrize("form", ["model.h5", "model.weights.h5", "plain.h5"])
def test_architecture_and_weights_of_every_form(tmp_path: Path, form: str) -> None:
    model = small()
    weights = tmp_path / form
    if form == "model.h5":
        model.save(weights)  # the whole model, in Keras's old format
    else:
        model.save_weights(tmp_path / "model.weights.h5")
        (tmp_path / "model.weights.h5").rename(weights)
    loaded = keras_model(architecture(tmp_path / "m.json", model), weights)
    for mine, theirs in zip(model.get_weights(), loaded.get_weights(), strict=True):
        assert np.array_equal(mine, theirs)


def test_a_whole_model_in_h5(tmp_path: Path, shared: Path) -> None:
    model = small()
    model.save(tmp_path / "m.h5")
    for mine, theirs in zip(model.get_weights(), keras_model(tmp_path / "m.h5").get_weights(), strict=True):
        assert np.array_equal(mine, theirs)
    (tmp_path / "m.h5").write_bytes((tmp_path / "m.h5").read_bytes()[:1000])
    with pytest.raises(EdgeError, match=r"m.h5: not a whole model that can be read"):
        keras_model(tmp_path / "m.h5")
    if (shared / "cases" / "whole_model.h5").is_file():
        assert predictor(shared / "cases" / "whole_model.h5").probabilities(faces(each=1).images).shape == (7, 7)


def test_weights_that_do_not_fit_are_named(tmp_path: Path) -> None:
    path = architecture(tmp_path / "m.json", small())
    small(units=5).save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(EdgeError, match=r"other.weights.h5: truncated, or does not fit .*m.json \("):
        keras_model(path, tmp_path / "other.weights.h5")
    shipped(build("edge", ["crowd"], (4, 8, 8))).save(tmp_path / "more.h5")
    with pytest.raises(EdgeError, match=r"more.h5: truncated, or does not fit .*m.json \("):
        keras_model(path, tmp_path / "more.h5")


def test_truncated_weights_are_named(tmp_path: Path) -> None:
    model = small()
    path = architecture(tmp_path / "m.json", model)
    model.save(tmp_path / "m.h5")
    content = (tmp_path / "m.h5").read_bytes()
    for length in (0, 100, len(content) // 2, len(content) - 100):
        (tmp_path / "m.h5").write_bytes(content[:length])
        with pytest.raises(EdgeError, match=r"m.h5: truncated, or does not fit") as error:
            keras_model(path, tmp_path / "m.h5")
        assert "\n" not in str(error.value)


def test_other_bad_models_are_named(tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match="no such model file"):
        predictor(tmp_path / "none.keras")
    bad = tmp_path / "bad.keras"
    bad.write_bytes(b"PK not really")
    with pytest.raises(EdgeError, match=r"bad.keras: truncated, or not a \.keras model"):
        predictor(bad)
    path = architecture(tmp_path / "m.json", small())
    with pytest.raises(EdgeError, match="give its weights"):
        predictor(path)
    with pytest.raises(EdgeError, match=r"none.h5: no such model file"):
        predictor(path, tmp_path / "none.h5")
    path.write_text(json.dumps({"class_name": "Nothing"}))
    small().save(tmp_path / "some.h5")
    with pytest.raises(EdgeError, match="not a Keras architecture"):
        predictor(path, tmp_path / "some.h5")
    small(outputs=5).save(tmp_path / "five.keras")
    with pytest.raises(EdgeError, match=r"its output is \(5,\), not the 7 expressions"):
        predictor(tmp_path / "five.keras")
    with pytest.raises(EdgeError, match=r"not a .keras, an .h5, a .tflite"):
        predictor(Path(__file__))
    with pytest.raises(EdgeError, match=r"--weights: m\.tflite has it"):
        predictor(Path("m.tflite"), Path("m.h5"))
    unbuilt = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(7)])
    unbuilt.save(tmp_path / "unbuilt.keras")
    with pytest.raises(EdgeError, match="saved before it had seen any input"):
        predictor(tmp_path / "unbuilt.keras")
    lost = small()
    lost.set_weights([np.full_like(weight, 1e38) for weight in lost.get_weights()])
    lost.save(tmp_path / "lost.keras")
    with pytest.raises(EdgeError, match="gives NaN or infinity"):
        predictor(tmp_path / "lost.keras").probabilities(faces(each=1).images)
    small().save(tmp_path / "small.keras")
    with pytest.raises(EdgeError, match="--std 0"):
        predictor(tmp_path / "small.keras", std=0.0)


@pytest.mark.parametrize("shape", [(48, 48, 3), (64, 48, 3), (48, 48), (None, None, 1), (None, None, 3)])
def test_inputs_of_other_shapes_are_given_the_grey_face(tmp_path: Path, shape: tuple[int | None, ...]) -> None:
    face = keras.Input(shape)
    pixels = face if len(shape) == 3 else keras.layers.Reshape((48, 48, 1))(face)
    flat = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(8, 3)(pixels))
    net = keras.Model({"image": face}, {"mood": keras.layers.Dense(7, activation="softmax")(flat)})
    net.save(tmp_path / "net.keras")
    images = faces(each=1).images
    grey = resized(images, InputSpec(shape[0] or 48, shape[1] or 48, 0.0, 1.0)).astype(np.float32) / 255
    given = grey if len(shape) == 2 else np.stack([grey] * (shape[2] or 1), axis=-1)
    wanted = net({"image": given})
    said = predictor(tmp_path / "net.keras").probabilities(images)
    assert said == pytest.approx(np.asarray(wanted["mood"]), abs=1e-5)
