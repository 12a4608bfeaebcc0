"""`train make`: what it would do, what it does, what it does again, and what it ships."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

from edge.records import LABELS
from tests.train.faces import kaggle_folder, votes_csv
from tests.train.stages import recipe_file
from train.__main__ import main
from train.data import load
from train.load import predictor

pytestmark = pytest.mark.filterwarnings("ignore")
CARD = "# By hand\n\n<!-- made: tiny -->\nold\n<!-- end of made -->\n\nThe rest\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Enough made-up faces to calibrate with, and votes for all of them."""
    folder = kaggle_folder(tmp_path_factory.mktemp("fer"), training=72, public=12, private=0)
    column = dict(zip(LABELS, ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"), strict=True))
    names = [*load(folder, "Training").names, *load(folder, "PublicTest").names]
    return folder, votes_csv(folder / "votes.csv", {name: {column[name.split("/")[1]]: 10} for name in names})


def command(path: Path, data: tuple[Path, Path], *more: str) -> list[str]:
    return [
        "make",
        str(path),
        "--data",
        str(data[0]),
        "--votes",
        str(data[1]),
        "--out",
        str(path.parent / "out"),
        *more,
    ]


def test_a_recipe_is_made_once_and_ships_where_the_gate_holds(
    data: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    second = '[[stage]]\nname = "label"\ntargets = "fer2013"\nstart = "tiny"\nteachers = ["tiny"]\nwidths = [9, 9]\n'
    more = second + "side = 32\nbatch = 49\nepochs = 1\naugment = 0.0\ngeometry = 0.0"
    gate = '"bytes at most" = 100000\n"crowd accuracy" = 0.01'
    path = recipe_file(tmp_path, data[0], data[1], more, gate)
    (tmp_path / "CARD.md").write_text(CARD)
    assert main(command(path, data, "--dry-run")) == 0
    said = capsys.readouterr().out
    assert "other form: unchecked" in said
    assert said.count("runs: mobile") == 2
    assert not (tmp_path / "out").exists()

    assert main(command(path, data)) == 0
    said = capsys.readouterr().out
    assert "| bytes | ≤ 100,000 |" in said
    assert "shipped: " in said
    card = json.loads((tmp_path / "shipped.json").read_text())
    assert card["source"].startswith("python -m train make tiny --data")
    written = (tmp_path / "CARD.md").read_text()
    assert written.startswith("# By hand\n\n<!-- made: tiny -->\n`python -m train make tiny`")
    assert written.endswith("<!-- end of made -->\n\nThe rest\n")
    assert "| crowd accuracy | ≥ 1.0 % |" in written
    assert "one voter agrees with the others' majority in 100.0 %" in written
    assert predictor(tmp_path / "shipped.tflite").input == predictor(tmp_path / "shipped.keras").input
    done = json.loads(next((tmp_path / "out").glob("tiny-*/done.json")).read_text())
    assert set(done["versions"]) >= {"commit", "Python", "tensorflow", "keras", "numpy"}

    def again(*_: Any) -> Any:
        raise AssertionError("nothing has changed")

    with monkeypatch.context() as patched:
        patched.setattr("train.fit.fit", again)
        assert main(command(path, data)) == 0
    assert "stage tiny: done" in capsys.readouterr().out
    card = json.loads((tmp_path / "shipped.json").read_text())  # its source names the recipe's hash
    path.write_text(path.read_text().replace("epochs = 1", "epochs = 3").replace("= 0.01", "= 0.999"))
    assert main(command(path, data, "--dry-run")) == 0
    plan = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("stage")]
    assert [line[3] for line in plan] == ["done", "runs:"], "what an earlier stage made is kept"
    assert main(command(path, data)) == 2
    assert "the gate does not hold (crowd accuracy): nothing ships" in capsys.readouterr().err.splitlines()[-1]
    assert json.loads((tmp_path / "shipped.json").read_text()) == card


def test_a_part_of_the_faces_never_ships_and_a_mean_is_made(
    data: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recipe_file(tmp_path, data[0], data[1])
    assert main(command(path, data, "--share", "0.999")) == 0
    assert "nothing ships (it was made of a part of the faces)" in capsys.readouterr().out
    assert not (tmp_path / "shipped.tflite").exists()
    assert "100% of the faces" in (tmp_path / "out" / "card.md").read_text()
    made = next((tmp_path / "out").glob("tiny-*/crowd.keras"))
    digest = subprocess.run(["sha256sum", made], check=True, capture_output=True, text=True).stdout.split()[0]
    weights = f'[weights.first]\nfile = "{made}"\nsha256 = "{digest}"\n\n[ship]'
    path.write_text(path.read_text().replace("[ship]", weights).replace('stage = "tiny"', 'mean = ["tiny", "first"]'))
    assert main(command(path, data, "--share", "0.999")) == 0
    assert "stage tiny: done" in capsys.readouterr().out


def test_what_is_not_what_the_recipe_means_is_named(
    data: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recipe_file(tmp_path, data[0], data[1])
    other = votes_csv(tmp_path / "votes.csv", {"train/sad/Training_0.jpg": {"sadness": 10}})
    whole = path.read_text()
    missing = f'[weights.first]\nfile = "none.keras"\nsha256 = "{"1" * 64}"\n\n[[stage]]\nstart = "first"'
    gone = f'[weights.first]\nblob = "{"0" * 40}"\nsha256 = "{"1" * 64}"\n\n[[stage]]\nstart = "first"'
    for change, more, said in (
        ("", ["--votes", str(other)], "votes.csv: its sha256 is"),
        ("", ["--share", "0"], "--share 0: over 0, at most 1"),
        ("", ["--also", "ck48=x.zip"], "x.zip: no such file or folder (ck48)"),
        ("", ["--also", f"ck48={data[0]}"], "the recipe has no ck48"),
        ("", ["--data", "none.zip"], "none.zip: no such file or folder (faces)"),
        (missing, [], "none.keras: no such file: the recipe's weights.first"),
        (gone, [], "weights.first: git has no blob 0000"),
    ):
        path.write_text(whole.replace("[[stage]]", change, 1) if change else whole)
        assert main(command(path, data, *more)) == 2
        assert said in capsys.readouterr().err.splitlines()[-1]
    path.write_text(whole)
    assert main(["make", str(path), "--out", str(tmp_path / "out")]) == 2
    assert "give the faces with --data" in capsys.readouterr().err.splitlines()[-1]
