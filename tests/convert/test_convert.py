"""Conversion to int8: what it keeps, what it writes, and what it refuses."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import keras
import tensorflow as tf

import convert.commands
from convert.__main__ import main
from convert.quantize import quantize
from convert.rounding import STEPS, rounded
from edge.records import LABELS
from edge.vision.preprocess import InputSpec, normalise
from tests.train.faces import faces, kaggle_folder, votes_csv
from train.__main__ import main as train
from train.data import load
from train.load import predictor

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Enough made-up faces to calibrate with, and votes for those of PublicTest."""
    folder = kaggle_folder(tmp_path_factory.mktemp("fer"), training=72, public=12, private=0)
    column = dict(zip(LABELS, ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"), strict=True))
    names = load(folder, "PublicTest").names
    return folder, votes_csv(folder / "votes.csv", {name: {column[name.split("/")[1]]: 10} for name in names})


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A little net that has learnt the made-up faces."""
    net = keras.Sequential([
        keras.Input((48, 48, 1)),
        keras.layers.Conv2D(16, 7, strides=2, use_bias=False),
        keras.layers.BatchNormalization(),
        keras.layers.ReLU(),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(len(LABELS)),
    ])  # fmt: skip
    keras.utils.set_random_seed(1)
    known = faces(each=30, start=500)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(keras.optimizers.Adam(0.01), loss)
    net.fit(normalise(known.images, InputSpec(48, 48, 0.0, 1.0))[..., None], known.labels, epochs=30, verbose=0)
    path = tmp_path_factory.mktemp("model") / "net.keras"
    net.save(path)
    return path


def arguments(model: Path, data: tuple[Path, Path], out: Path) -> list[str]:
    return [str(model), "--data", str(data[0]), "--votes", str(data[1]), "--out", str(out)]


def test_it_writes_a_pair_that_the_device_and_evaluate_read(
    model: Path, data: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "m.tflite"
    assert main([*arguments(model, data, out), "--max-drop", "0.05"]) == 0
    card = json.loads(out.with_suffix(".json").read_text())
    assert card["labels"] == list(LABELS)
    assert card["input"] == {"height": 48, "width": 48, "mean": 0.0, "std": 1.0}
    assert card["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert {part["dtype"] for part in card["quantization"].values()} == {"int8"}
    assert card["quantization"]["output"] == {"dtype": "int8", "scale": 1 / 256, "zero_point": -128}
    made_by = "python -m convert net.keras --data fer0 --votes votes.csv --out m.tflite --max-drop 0.05"
    assert card["source"] == made_by.replace("fer0", data[0].name)
    assert str(tmp_path) not in out.with_suffix(".json").read_text()
    assert "same answer" in capsys.readouterr().out

    figures = tmp_path / "figures.json"
    command = ["evaluate", str(out), "--data", str(data[0]), "--votes", str(data[1]), "--json", str(figures)]
    assert train(command) == 0
    measured = json.loads(figures.read_text())
    assert measured["crowd"]["accuracy"] > 0.8
    stated = card["metrics"]
    assert stated["crowd accuracy"]["value"] == round(measured["crowd"]["accuracy"], 4)
    assert stated["label accuracy"]["value"] == round(measured["accuracy"], 4)
    assert stated["crowd calibration error"]["value"] == pytest.approx(measured["crowd"]["ece"], abs=2e-4)
    assert stated["crowd accuracy"]["command"].startswith("python -m train evaluate m.tflite")


def test_outputs_in_another_order_are_refused_until_the_order_is_said(
    model: Path, data: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """FER-2013's order, which most public models have; as a whole .h5, as Keras 2 wrote them."""
    order = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
    net = keras.models.load_model(model)
    kernel, bias = net.layers[-1].get_weights()
    places = [LABELS.index(label) for label in order]
    net.layers[-1].set_weights([kernel[:, places], bias[places]])
    net.save(tmp_path / "fer.h5")
    command = [*arguments(tmp_path / "fer.h5", data, tmp_path / "m.tflite"), "--max-drop", "0.05"]
    assert main(command) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert "fer.h5: its outputs are not in the order angry,disgust,fear,happy,neutral,sad,surprise" in said
    assert f"say which it is with --labels; {','.join(order)} fits best" in said
    assert not (tmp_path / "m.tflite").exists()
    assert main([*command, "--labels", ",".join(order)]) == 0
    card = json.loads((tmp_path / "m.json").read_text())
    assert card["labels"] == order
    assert card["metrics"]["crowd accuracy"]["value"] > 0.8
    known = faces(each=4, start=900)
    assert (predictor(tmp_path / "m.tflite").probabilities(known.images).argmax(axis=1) == known.labels).mean() > 0.8


def test_depthwise_kernels_keep_their_sums(data: tuple[Path, Path], tmp_path: Path) -> None:
    keras.utils.set_random_seed(4)
    look = keras.layers.DepthwiseConv2D(3, depth_multiplier=5, use_bias=False)
    net = keras.Sequential([
        keras.Input((48, 48, 1)),
        look,
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(len(LABELS), activation="softmax"),
    ])  # fmt: skip
    net.save(tmp_path / "net.keras")
    out = tmp_path / "m.tflite"
    assert main([*arguments(tmp_path / "net.keras", data, out), "--max-drop", "1", "--labels", ",".join(LABELS)]) == 0
    interpreter = tf.lite.Interpreter(str(out))
    kernel = look.get_weights()[0].reshape(9, 5)
    steps = np.rint(rounded(kernel) * STEPS / np.abs(kernel).max(axis=0))
    assert (steps != np.rint(kernel * STEPS / np.abs(kernel).max(axis=0))).any()
    (found,) = [t for t in interpreter.get_tensor_details() if tuple(t["shape"]) == (1, 3, 3, 5)]
    interpreter.allocate_tensors()
    assert np.array_equal(interpreter.get_tensor(found["index"]).reshape(9, 5), steps)


def test_it_refuses_what_lost_too_much(
    model: Path, data: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "m.tflite"
    assert main([*arguments(model, data, out), "--max-drop", "-0.5"]) == 2
    error = capsys.readouterr().err.splitlines()
    assert "more than --max-drop -50 points: nothing was written" in error[-1]
    assert not list(tmp_path.iterdir())


def test_it_calibrates_on_training_alone(
    model: Path, data: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    real = quantize

    def spy(net: Any, spec: Any, calibration: Any) -> bytes:
        seen.append(calibration)
        return real(net, spec, calibration)

    monkeypatch.setattr(convert.commands, "quantize", spy)
    assert main([*arguments(model, data, tmp_path / "m.tflite"), "--max-drop", "1"]) == 0
    training = {image.tobytes() for image in load(data[0], "Training").images}
    assert len(seen[0]) == 500
    assert all(image.tobytes() in training for image in seen[0])


def test_it_takes_architecture_and_weights_of_another_size(data: tuple[Path, Path], tmp_path: Path) -> None:
    keras.utils.set_random_seed(2)
    net = keras.Sequential([
        keras.Input((40, 32, 1)),
        keras.layers.Conv2D(4, 5, strides=3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(len(LABELS), activation="softmax"),
    ])  # fmt: skip
    (tmp_path / "n.json").write_text(net.to_json())
    net.save_weights(tmp_path / "n.weights.h5")
    out = tmp_path / "out.tflite"
    weights = ["--weights", str(tmp_path / "n.weights.h5"), "--max-drop", "1", "--labels", ",".join(LABELS)]
    assert main([*arguments(tmp_path / "n.json", data, out), *weights]) == 0
    assert json.loads(out.with_suffix(".json").read_text())["input"]["height"] == 40
    assert predictor(out).probabilities(faces(each=1).images).shape == (7, 7)


def test_bad_arguments_are_one_line(
    model: Path, data: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "f.tflite"
    folder.mkdir()
    (tmp_path / "file").write_text("")
    names = load(data[0], "PublicTest").names
    disputed = votes_csv(tmp_path / "disputed.csv", {name: {"anger": 5, "fear": 5} for name in names})
    for change, said in (
        (["--out", str(tmp_path / "m.bin")], "ends in .tflite"),
        (["--data", str(tmp_path / "none")], "no such file or folder"),
        (["--max-drop", "nan"], "--max-drop nan"),
        (["--std", "0"], "--std 0"),
        (["--labels", "angry,fear"], "--labels angry,fear: the seven of angry,disgust"),
        (["--out", str(folder)], "is a folder"),
        (["--out", str(tmp_path / "file" / "m.tflite")], "m.tflite: cannot be written"),
        (["--votes", str(disputed)], "disputed.csv: has no majority for any face of PublicTest"),
    ):
        without_votes = [str(model), "--data", str(data[0]), "--out", str(tmp_path / "m.tflite")]
        assert main([*without_votes, *change]) == 2
        assert said in capsys.readouterr().err.splitlines()[-1]


def test_the_architecture_it_was_given_is_not_written_over(
    data: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "m.json"
    path.write_text("{}")
    assert main([*arguments(path, data, tmp_path / "m.tflite"), "--weights", "m.h5"]) == 2
    assert "would write over" in capsys.readouterr().err
    assert path.read_text() == "{}"
