"""A stage begins with an earlier net: the same, one of the other head, or a wider one of which the best is kept."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import keras

from edge.errors import EdgeError
from edge.vision.preprocess import normalise
from tests.train.faces import faces
from train.arrays import Array
from train.begin import begin
from train.nets import build, shipped
from train.recipe import NETS, Stage

pytestmark = pytest.mark.filterwarnings("ignore")

WIDE, NARROW, SIDE = (16, 24, 24), (9, 12, 10), 48
IMAGES = faces(each=3).images


def net(widths: tuple[int, ...], heads: tuple[str, ...] = ("crowd",)) -> Any:
    keras.utils.set_random_seed(1)
    return build("mobile", heads, widths, SIDE)


def said(model: Any) -> Array:
    return np.asarray(model(normalise(IMAGES, NETS["mobile"].input)[..., None]))


def begun(path: Path, wide: Any, stage: Stage) -> Any:
    shipped(wide).save(path)
    keras.utils.set_random_seed(2)
    new = build("mobile", stage.heads(), stage.widths, SIDE)
    begin(new, stage, [path], IMAGES)
    return new


def test_a_net_of_the_same_widths_says_the_same(tmp_path: Path) -> None:
    wide = net(WIDE)
    same = begun(tmp_path / "wide.keras", wide, Stage("s", 1, widths=WIDE, side=SIDE))
    assert said(same) == pytest.approx(said(wide), abs=1e-6)


def test_channels_that_nobody_hears_go_first(tmp_path: Path) -> None:
    wide, rng = net(WIDE), np.random.default_rng(3)
    for block, width in enumerate(NARROW, 1):
        deaf = rng.permutation(WIDE[block - 1])[width:]
        listener = wide.get_layer(f"pw{block + 1}" if block < len(WIDE) else "crowd")
        values = listener.get_weights()
        values[0][..., deaf, :] = 0.0
        listener.set_weights(values)
    narrow = begun(tmp_path / "wide.keras", wide, Stage("s", 1, widths=NARROW, side=SIDE))
    assert said(narrow) == pytest.approx(said(wide), abs=1e-5)


def test_a_head_that_is_missing_begins_as_the_other_one(tmp_path: Path) -> None:
    wide = net(WIDE)
    both = begun(tmp_path / "wide.keras", wide, Stage("s", 1, widths=WIDE, side=SIDE, targets="both"))
    for head in ("crowd", "fer2013"):
        assert np.array_equal(both.get_layer(head).get_weights()[0], wide.get_layer("crowd").get_weights()[0])


@pytest.mark.parametrize("widths", [(16, 24), (16, 30, 24)])
def test_a_net_of_which_no_such_net_comes_is_named(tmp_path: Path, widths: tuple[int, ...]) -> None:
    with pytest.raises(EdgeError, match=r"wide.keras: cannot begin stage s: of widths \[16, 24, 24\] come no"):
        begun(tmp_path / "wide.keras", net(WIDE), Stage("s", 1, widths=widths, side=SIDE))


def test_a_net_of_another_make_is_named(tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match=r"wide.keras: cannot begin the edge net of stage s: stem differs"):
        shipped(net(WIDE)).save(tmp_path / "wide.keras")
        stage = Stage("s", 1, net="edge", widths=(16, 16, 16))
        begin(build("edge", ["crowd"], stage.widths), stage, [tmp_path / "wide.keras"], IMAGES)
