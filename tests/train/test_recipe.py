"""A recipe: what is wrong with one is one line that names the file and the key; those of the house are right."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("PIL", reason="Pillow is not installed (requirements-train.txt)")

from edge.errors import EdgeError
from tests.train.stages import recipe_file
from train.recipe import RECIPES, ROOT, Recipe, read


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "votes.csv").write_text("")
    return recipe_file(tmp_path, Path("fer"), tmp_path / "votes.csv", gate='"crowd accuracy" = 0.5')


@pytest.mark.parametrize("name", sorted(path.stem for path in RECIPES.glob("*.toml")))
def test_the_houses_recipes_are_right(name: str) -> None:
    recipe = read(name)
    assert 1 <= len(recipe.stages) <= 5
    assert all(source.blob or source.file for source in recipe.weights.values())


def test_seed_is_trained_as_it_was() -> None:
    (stage,) = read("seed").stages
    assert (stage.optimizer, stage.targets, stage.batch, stage.epochs) == ("adam", "fer2013", 128, 100)
    assert (stage.augment, stage.geometry, stage.ema, stage.mixup, stage.smoothing, stage.weight_decay) == (0,) * 6


def changed(path: Path, old: str, new: str) -> Recipe:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return read(str(path))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("epochs = 2", "epochs = 0", "stage 1: epochs = 0: Input should be greater than or equal to 1"),
        ("epochs = 2", "epochs = 2.5", "stage 1: epochs = 2.5: Input should be a valid integer"),
        ("epochs = 2", "", "stage 1: epochs: Field required"),
        ("ema = 0.8", "ema = 1", "stage 1: ema = 1: Input should be less than or equal to 0.99999"),
        ("ema = 0.8", "ema = nan", "stage 1: ema = nan: Input should be"),
        ("ema = 0.8", "emma = 0.8", "stage 1: emma: no such key; did you mean 'ema'?"),
        ("ema = 0.8", 'ema = "x"', "stage 1: ema = 'x': Input should be a valid number"),
        ("ema = 0.8", 'net = "mobil"', "stage 1: net = 'mobil': Input should be 'edge', 'mobile' or 'seed'"),
        ("ema = 0.8", 'targets = "votes"', "stage 1: targets = 'votes': Input should be 'crowd', 'fer2013' or 'both'"),
        ("ema = 0.8", 'label_teachers = ["first"]', 'stage tiny: label_teachers: only with targets = "both"'),
        ("ema = 0.8", 'teachers = ["tiny"]', "stage tiny: no weights or earlier stage 'tiny'"),
        ("ema = 0.8", "teachers = [1]", "stage 1: teachers: 1 = 1: Input should be a valid string"),
        ("ema = 0.8", "class_weights = { sat = 2 }", "stage 1: class_weights: sat = 'sat': String should match"),
        ("widths = [9, 9]", "widths = [9, 8]", "stage 1: widths: 2 = 8: Input should be greater than or equal to 9"),
        ("widths = [9, 9]", 'net = "edge"\nwidths = [9, 9]', "stage tiny: widths: the edge net does not take 2"),
        ('name = "tiny"', 'name = "a b"', "stage 1: name = 'a b': String should match pattern"),
        ('stage = "tiny"', 'stage = "tinny"', "ship: no weights or earlier stage 'tinny'; did you mean 'tiny'?"),
        ('stage = "tiny"', 'stage = "tiny.fer2013"', "ship: 'tiny.fer2013': tiny has no head fer2013"),
        ('stage = "tiny"', "", 'ship: either stage = "NAME" or mean'),
        ('stage = "tiny"', 'against = "people"\nstage = "tiny"', "ship: against = 'people': Input should be 'crowd'"),
        ('"crowd accuracy"', '"crowd acuracy"', "gate: no figure 'crowd acuracy'; did you mean 'crowd accuracy'?"),
        ("= 0.5", '= "high"', "gate: crowd accuracy = 'high': Input should be a valid number"),
        ("0" * 64, "0" * 63, f"data: faces: sha256 = '{'0' * 63}': String should match pattern"),
        ("[data]", f'[weights.first]\nsha256 = "{"1" * 64}"\n\n[data]', "weights: first: file is missing"),
        ("[data]", "[dta]", "dta: no such key; did you mean 'data'?"),
        ("[[stage]]", "[stage]", "stage: Input should be a valid array"),
        ("[[stage]]", "[[stge]]", "stge: no such key; did you mean 'stage'?"),
        ("[data]", 'name = "x"\n\n[data]', "name: no such key"),
        ("[data]", "[data", "not TOML"),
    ],
)
def test_what_cannot_be_is_named(path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(EdgeError) as raised:
        changed(path, old, new)
    assert str(raised.value).startswith(f"{path}: {said}")
    assert "\n" not in str(raised.value)


def test_a_recipe_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(EdgeError, match=r"expresion.toml: no such recipe \(there are expression, .*small;"):
        read("expresion")


def test_a_mean_is_of_stages_and_weights(path: Path) -> None:
    weights = f'[weights.first]\nfile = "x.keras"\nsha256 = "{"1" * 64}"\n\n[ship]'
    recipe = changed(path, "[ship]", weights)
    recipe = changed(path, 'stage = "tiny"', 'mean = ["tiny", "first"]')
    assert recipe.ship.models() == ("tiny", "first")


def test_a_reader_that_has_gone_gets_no_traceback() -> None:
    reader, writer = os.pipe()
    os.close(reader)  # as of `… | head`, which has had enough
    command = [sys.executable, "-m", "train", "make", "seed", "--dry-run"]
    ended = subprocess.run(command, cwd=ROOT, check=False, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (1, "")
