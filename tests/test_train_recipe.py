"""A recipe's choices: what cannot be is one line that names the option, before a face is read."""

import argparse
from pathlib import Path

import pytest

from edge.errors import EdgeError
from train.__main__ import parser
from train.commands import recipe_of
from train.nets import MOBILE_WIDTHS
from train.recipe import Recipe, rate_at, seed_recipe


def given(*options: str) -> argparse.Namespace:
    return parser().parse_args(["fit", "--data", "fer2013.zip", "--epochs", "3", "--out", "run", *options])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--epochs 0", "--epochs 0: at least 1"),
        ("--batch 0", "--batch 0: at least 1"),
        ("--evaluate-every -2", "--evaluate-every -2: at least 1"),
        ("--stop-after 0", "--stop-after 0: at least 1"),
        ("--seed -1", "--seed -1: from 0 to 4294967295"),
        ("--rate -1", "--rate -1.0: from 1e-06 to 10"),
        ("--rate nan", "--rate nan: from 1e-06 to 10"),
        ("--ema 1", "--ema 1.0: from 0 to 0.99999"),
        ("--mixup -1", "--mixup -1.0: from 0 to 10"),
        ("--augment 1.5", "--augment 1.5: from 0 to 1"),
        ("--geometry -0.1", "--geometry -0.1: from 0 to 1"),
        ("--label-weight -1", "--label-weight -1.0: from 0 to 10"),
        ("--teach 2", "--teach 2.0: from 0 to 1"),
        ("--sam -1", "--sam -1.0: from 0 to 10"),
        ("--model seed --labels both", "--labels both: the seed net has one head: fer2013, crowd or mix:SHARE"),
        ("--model mobile --side 0", "--side 0: from 32 to 512"),
        ("--side 128", "--side: the edge net has no choice of it"),
        ("--model seed --widths 32-96-176", "--widths: the seed net has no choice of it"),
        ("--widths 32-96", "--widths: the edge net has 3 stages, not 2"),
        (f"--model mobile --widths {'-'.join(['64'] * 14)}", "--widths: the mobile net has up to 13 blocks, not 14"),
        ("--widths 32-96-128-200", "--widths: the edge net has 3 stages, not 4"),
    ],
)
def test_what_cannot_be_is_named(options: str, message: str) -> None:
    with pytest.raises(EdgeError) as raised:
        recipe_of(given(*options.split()))
    assert str(raised.value) == message


def test_each_net_begins_with_its_own_recipe() -> None:
    assert recipe_of(given("--votes", "ferplus.csv")) == Recipe(epochs=3)
    assert recipe_of(given()) == Recipe(epochs=3, labels="fer2013"), "there are no votes to learn from"
    assert recipe_of(given("--model", "mobile")).widths == MOBILE_WIDTHS
    assert recipe_of(given("--model", "seed")).optimizer == "adam"


def test_the_command_line_has_the_last_word() -> None:
    recipe = recipe_of(given("--model", "mobile", "--widths", "64-128", "--rate", "0.5", "--teacher", "a.keras"))
    assert (recipe.widths, recipe.rate, recipe.teachers) == ((64, 128), 0.5, (str(Path("a.keras")),))


def test_seed_recipe_is_the_published_one() -> None:
    recipe = seed_recipe(Recipe())
    assert (recipe.optimizer, recipe.labels, recipe.batch) == ("adam", "fer2013", 128)
    assert (recipe.augment, recipe.geometry) == (0, 0)
    assert (recipe.ema, recipe.mixup, recipe.smoothing, recipe.weight_decay) == (0, 0, 0, 0)


def test_rate_warms_up_and_falls() -> None:
    rates = [rate_at(Recipe(rate=0.1, warmup=0.1), step, 100) for step in range(100)]
    assert rates[0] == pytest.approx(0.01)
    assert max(rates) == rates[9] == pytest.approx(0.1)
    assert rates[-1] < 1e-4
    assert rate_at(seed_recipe(Recipe()), 99, 100) == 1e-3
