"""Several nets become one, with the mean of their weights."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import keras

from train.__main__ import main
from train.model import build

pytestmark = pytest.mark.filterwarnings("ignore")


def net(path: Path, widths: tuple[int, ...], seed: int) -> Path:
    keras.utils.set_random_seed(seed)
    build("edge", widths=widths).save(path)
    return path


@pytest.fixture
def pair(tmp_path: Path) -> list[Path]:
    return [net(tmp_path / f"{seed}.keras", (9, 10, 12), seed) for seed in (1, 2)]


def refusal(models: list[Path], out: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """The one line that the command ends with."""
    assert main(["mean", *map(str, models), "--out", str(out), *more]) == 2
    assert not out.exists()
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_each_weight_is_the_mean_of_the_models_alike_or_in_shares(pair: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "new" / "mean.keras"
    assert main(["mean", *map(str, [*pair, pair[1]]), "--out", str(out)]) == 0
    shared = tmp_path / "shared.keras"
    assert main(["mean", *map(str, pair), "--shares", "1", "2", "--out", str(shared)]) == 0
    files = (*pair, out, shared)
    first, second, mean, other = (keras.models.load_model(path, compile=False).get_weights() for path in files)
    assert any((a != b).any() for a, b in zip(first, second, strict=True))
    for a, b, *both in zip(first, second, mean, other, strict=True):
        for result in both:
            assert result == pytest.approx((a + 2 * b) / 3, rel=1e-5, abs=1e-6)
    assert sorted(path.name for path in out.parent.iterdir()) == ["mean.keras"]


def test_the_mean_is_a_model_as_they_are(pair: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "mean.keras"
    main(["mean", *map(str, pair), "--out", str(out)])
    model = keras.models.load_model(out, compile=False)
    assert model.name == "edge"  # by which evaluate and convert know how it wants its pixels
    faces = np.zeros((1, *model.input_shape[1:]), np.float32)
    assert float(np.asarray(model(faces)).sum()) == pytest.approx(1.0, abs=1e-5)


def test_what_has_no_mean_is_named(pair: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "mean.keras"
    wider = net(tmp_path / "wider.keras", (9, 10, 16), 3)
    assert f"{wider}: other layers than those of {pair[0]}" in refusal([pair[0], wider], out, capsys)
    sides = []
    for side in (48, 64):
        sides.append(tmp_path / f"{side}.keras")
        build("mobile", widths=(9, 10), side=side).save(sides[-1])
    assert f"{sides[1]}: other layers than those of {sides[0]}" in refusal(sides, out, capsys), "they enlarge otherwise"
    assert f"{tmp_path / 'none.keras'}: no such model file" in refusal([pair[0], tmp_path / "none.keras"], out, capsys)
    assert f"{pair[0]}: one model alone" in refusal(pair[:1], out, capsys)
    assert "ends in .keras" in refusal(pair, tmp_path / "mean.tflite", capsys)
    for shares in (["1"], ["1", "2", "3"], ["1", "0"], ["1", "nan"], ["inf", "1"]):
        line = refusal(pair, out, capsys, "--shares", *shares)
        assert f"--shares {' '.join(shares)}: a number over 0 for each of the 2 models" in line
    (tmp_path / "file").write_text("")
    below = tmp_path / "file" / "mean.keras"
    assert f"{below}: cannot be written" in refusal(pair, below, capsys)
