"""What `python -m train fit` refuses before it learns anything."""

from pathlib import Path

import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

from tests.train_faces import kaggle_folder, votes_csv
from train.__main__ import main


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """`fit` asks oneDNN for quick products, which would stay for the tests after these."""
    monkeypatch.setenv("ONEDNN_DEFAULT_FPMATH_MODE", "STRICT")


def test_command_line_refuses_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = kaggle_folder(tmp_path / "fer")
    fit = ["fit", "--data", str(folder), "--epochs", "1", "--out", str(tmp_path / "run")]
    votes = ["--votes", str(votes_csv(tmp_path / "votes.csv", {}))]
    for more, said in (
        (["--labels", "crowd"], "--labels crowd learns from FER+ votes: give --votes CSV"),
        (["--labels", "mix:0.5"], "give --votes CSV"),
        (["--labels", "mix:2"], "a number from 0 to 1"),
        (["--labels", "fer2013"], "7 faces to learn from: fewer than a batch of 128"),
        ([*votes, "--teacher", "x.keras"], "x.keras: no such model file"),
        ([*votes, "--label-teacher", "x.keras"], "x.keras: no such model file"),
        ([*votes, "--labels", "crowd", "--label-teacher", "x.keras"], "--label-teacher goes with --labels both"),
        (["--labels", "fer2013", "--teacher", "x.keras"], "x.keras: no such model file"),
        (["--labels", "fer2014"], "--labels 'fer2014'"),
        (["--labels", "fer2013", "--init", "x.keras", "--resume"], "--init and --resume"),
        (["--labels", "fer2013", "--batch", "7", "--resume"], "nothing to resume"),
    ):
        assert main([*fit, *more]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert said in line
