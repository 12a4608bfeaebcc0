"""`train evaluate` and `agreement` through the command line: every form of a model, every page, other pictures."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import keras
from PIL import Image

from edge.records import LABELS
from edge.vision.preprocess import normalise
from tests.train.faces import faces, kaggle_folder, pattern, votes_csv
from train.__main__ import main
from train.data import load
from train.nets import build, shipped
from train.recipe import NETS
from train.votes import COLUMNS, SEVEN

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """--data and --votes: made-up faces; two of three people see what the label says."""
    folder = kaggle_folder(tmp_path_factory.mktemp("fer"), training=3, public=2, private=1)
    columns = [COLUMNS[at] for at in SEVEN]
    names = [*load(folder, "Training").names, *load(folder, "test").names]
    votes = {name: {columns[LABELS.index(name.split("/")[1])]: 6, "contempt": 3} for name in names}
    return ["--data", str(folder), "--votes", str(votes_csv(folder / "votes.csv", votes))]


@pytest.fixture(scope="module")
def net() -> Any:
    """A little net of another make that knows some of the made-up faces."""
    keras.utils.set_random_seed(1)
    net = keras.Sequential([
        keras.Input((48, 48, 1)),
        keras.layers.Conv2D(16, 7, strides=3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(len(LABELS), activation="softmax"),
    ])  # fmt: skip
    net.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")
    known = faces(each=20, start=500)
    net.fit(normalise(known.images, NETS["seed"].input)[..., None], known.labels, epochs=6, verbose=0)
    return net


def measured(arguments: list[str], out: Path) -> dict[str, Any]:
    assert main(["evaluate", "--split", "PublicTest", *arguments, "--json", str(out)]) == 0
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def test_every_form_of_a_model_has_the_same_figures(net: Any, data: list[str], tmp_path: Path) -> None:
    whole, plan, weights = tmp_path / "n.keras", tmp_path / "n.json", tmp_path / "w" / "n.h5"
    net.save(whole)
    plan.write_text(net.to_json())
    weights.parent.mkdir()
    net.save(weights)
    first = measured([str(whole), *data], tmp_path / "1.json")
    named = measured([str(plan), "--weights", str(weights), *data], tmp_path / "2.json")
    weights.rename(tmp_path / "n.h5")
    beside = measured([str(plan), *data], tmp_path / "3.json")
    assert first["n"] == 14
    assert first["accuracy"] > 0.2
    for other in (named, beside):
        assert {**other, "model": ""} == {**first, "model": ""}


def test_both_test_splits_are_measured_together(net: Any, data: list[str], tmp_path: Path) -> None:
    net.save(tmp_path / "n.keras")
    both = measured([str(tmp_path / "n.keras"), *data, "--split", "test"], tmp_path / "f.json")
    assert (both["split"], both["n"], both["crowd"]["n"]) == ("test", 21, 21)


def test_the_report_is_a_page(net: Any, data: list[str], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (requirements-train.txt)")
    net.save(tmp_path / "n.keras")
    assert main(["evaluate", str(tmp_path / "n.keras"), *data, "--report", str(tmp_path / "report")]) == 0
    assert "n.keras on saying" in (tmp_path / "report" / "index.html").read_text()


def test_other_pictures_are_measured_by_their_folders_names(
    net: Any, data: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net.save(tmp_path / "n.keras")
    place = tmp_path / "other" / "Happy" / "deeper"
    place.mkdir(parents=True)
    Image.fromarray(pattern(3, 700)).save(place / "face.png")
    Image.fromarray(np.full((300, 200), 90, np.uint8)).save(place / "wall.jpg")
    (place / "notes.txt").write_text("no picture")
    command = [str(tmp_path / "n.keras"), *data, "--also", f"some={tmp_path / 'other'}"]
    found = measured(command, tmp_path / "f.json")["also"]["some"]
    assert (found["n"], found["missed"], found["per_class"]["happy"]["n"]) == (1, 1, 1)
    assert "some: 1 faces (1 more in which no face is found)" in capsys.readouterr().out
    (place / "face.png").unlink()
    assert main(["evaluate", *command]) == 2
    assert "no face is found in its 1 pictures in folders named angry" in capsys.readouterr().err.splitlines()[-1]
    (place / "wall.jpg").write_bytes(b"damaged")
    assert main(["evaluate", *command]) == 2
    assert "wall.jpg: not an image that can be read" in capsys.readouterr().err.splitlines()[-1]


def test_without_training_faces_the_rest_is_measured(
    net: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net.save(tmp_path / "n.keras")
    folder = kaggle_folder(tmp_path / "fer", training=0, public=1)
    alone = measured([str(tmp_path / "n.keras"), "--data", str(folder)], tmp_path / "f.json")
    assert alone["without_near_duplicates"] is None
    assert alone["n"] == 7
    assert "near-duplicates cannot be told" in capsys.readouterr().err


def test_agreement_tells_what_people_see_in_the_faces_of_each_label(
    data: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["agreement", *data, "--split", "PublicTest"]) == 0
    said = capsys.readouterr().out
    assert "14" in said
    assert "100" in said


def replaced(folder: Path, plan: str) -> tuple[Path, Path]:
    """The replaced system's architecture file, and weights for it as its Keras wrote them."""
    model = keras.models.model_from_json(plan)
    for layer in model.layers:
        layer.set_weights([np.full(w.shape, 0.01, np.float32) for w in layer.get_weights()])
    (folder / "emotiondetector.json").write_text(plan)
    model.save(folder / "weights.h5")
    return folder / "emotiondetector.json", folder / "weights.h5"


def test_the_replaced_systems_files_are_measured(shared: Path, data: list[str], tmp_path: Path) -> None:
    theirs = shared / "data" / "emotiondetector.json"
    if not theirs.is_file():
        pytest.skip(f"no {theirs}")
    plan, weights = replaced(tmp_path, theirs.read_text())
    assert measured([str(plan), "--weights", str(weights), *data], tmp_path / "f.json")["n"] == 14


def test_so_are_those_of_its_net_as_it_is_built_here_and_what_does_not_fit_is_named(
    data: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, weights = replaced(tmp_path, shipped(build("seed", ["fer2013"])).to_json())
    command = [str(plan), "--weights", str(weights), *data]
    assert measured(command, tmp_path / "f.json")["n"] == 14
    weights.write_bytes(weights.read_bytes()[:1_000_000])
    assert main(["evaluate", *command]) == 2
    assert "weights.h5: truncated, or does not fit" in capsys.readouterr().err.splitlines()[-1]
    shipped(build("edge", ["crowd"], (16, 16, 16))).save(weights)
    assert main(["evaluate", *command]) == 2
    assert "weights.h5: truncated, or does not fit" in capsys.readouterr().err.splitlines()[-1]
