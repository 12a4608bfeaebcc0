"""`train evaluate`, `agreement` and a run's options through the command line: every form of a model, every page."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import keras

from edge.records import LABELS
from edge.vision.preprocess import normalise
from tests.train_faces import faces, kaggle_folder, votes_csv
from train.__main__ import main
from train.data import load
from train.model import build
from train.nets import SEED_INPUT
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
    net.fit(normalise(known.images, SEED_INPUT)[..., None], known.labels, epochs=6, verbose=0)
    return net


def measured(arguments: list[str], out: Path) -> dict[str, Any]:
    assert main(["evaluate", *arguments, "--json", str(out)]) == 0
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


def test_the_report_is_a_page_with_the_runs_curves(net: Any, data: list[str], tmp_path: Path) -> None:
    net.save(tmp_path / "n.keras")
    (tmp_path / "log.json").write_text('{"epochs": [{"epoch": 1, "loss": 2.5}, {"epoch": 2, "loss": 2.0}]}')
    command = ["evaluate", str(tmp_path / "n.keras"), *data, "--report", str(tmp_path / "report")]
    assert main(command) == 0
    page = (tmp_path / "report" / "index.html").read_text()
    assert "training loss" in page, "the log beside the model"
    assert page.count("truth ╲ guess") == 2, "against the crowd, and against the label"
    assert main([*command, "--log", str(tmp_path / "none.json")]) == 2


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
    plan, weights = replaced(tmp_path, build("seed").to_json())
    command = [str(plan), "--weights", str(weights), *data]
    assert measured(command, tmp_path / "f.json")["n"] == 14
    weights.write_bytes(weights.read_bytes()[:1_000_000])
    assert main(["evaluate", *command]) == 2
    assert "weights.h5: truncated, or not HDF5" in capsys.readouterr().err.splitlines()[-1]
    build("edge", widths=(16, 16, 16)).save(weights)
    assert main(["evaluate", *command]) == 2
    assert "no weights of shape" in capsys.readouterr().err.splitlines()[-1]


def test_without_votes_a_run_learns_the_labels(data: list[str], tmp_path: Path) -> None:
    options = ["--epochs", "1", "--batch", "7", "--widths", "16-16-16", "--out", str(tmp_path / "run")]
    assert main(["fit", *data[:2], *options]) == 0
    assert [path.name for path in (tmp_path / "run").glob("*.keras")] == ["fer2013.keras"]


def test_a_run_resumes_with_the_teachers_it_began_with(
    net: Any, data: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "teacher.json"
    plan.write_text(net.to_json())
    net.save(tmp_path / "teacher.h5")
    net.save(tmp_path / "other.keras")
    options = [
        "--labels",
        "crowd",
        "--epochs",
        "3",
        "--batch",
        "7",
        "--widths",
        "16-16-16",
        "--out",
        str(tmp_path / "run"),
    ]
    begun = ["fit", *data, *options, "--teacher", str(plan)]
    assert main([*begun, "--stop-after", "1"]) == 0
    capsys.readouterr()
    assert main(["fit", *data, *options, "--teacher", str(tmp_path / "other.keras"), "--resume"]) == 2
    assert f"state.npz: was made with another --teacher ({plan})" in capsys.readouterr().err.splitlines()[-1]
    assert main([*begun, "--resume"]) == 0
